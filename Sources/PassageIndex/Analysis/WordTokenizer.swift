import GRDB
import GRDBSQLite

/// FTS5's tokenizer under every analysis: takes a text apart into words and prepares them as terms.
///
/// Runs of letters, digits and their marks are words. Those of ASCII are put into lower case and are what `unicode61`
/// makes of them; others go through `FoldedWord`. Terms are told with the bytes of the text as it is stored.
package final class WordTokenizer: FTS5CustomTokenizer {
    package static let name = "passerine_words"
    /// The argument with which eastern text becomes pairs of characters.
    static let pairs = "pairs"
    /// FTS5 keeps no more bytes of a term.
    static let longestTerm = 32_768

    private let pairsCharacters: Bool
    private let term: UnsafeMutableBufferPointer<UInt8>
    private var word = FoldedWord()

    package init(db: Database, arguments: [String]) throws {
        guard arguments.isEmpty || arguments == [Self.pairs] else {
            throw DatabaseError(
                resultCode: .SQLITE_ERROR, message: "\(Self.name) has no arguments \(arguments.joined(separator: " "))")
        }
        pairsCharacters = !arguments.isEmpty
        term = .allocate(capacity: Self.longestTerm)
    }

    deinit { term.deallocate() }

    /// Where the terms of one text go.
    private struct Sink {
        let context: UnsafeMutableRawPointer?
        let callback: FTS5TokenCallback
        let isQuery: Bool

        @inline(__always)
        func send(_ bytes: UnsafeMutableBufferPointer<UInt8>, _ size: Int, _ flags: CInt, _ start: Int, _ end: Int)
            -> CInt
        {
            UnsafeRawPointer(bytes.baseAddress).map {
                callback(
                    context, flags, $0.assumingMemoryBound(to: CChar.self), CInt(truncatingIfNeeded: size),
                    CInt(truncatingIfNeeded: start), CInt(truncatingIfNeeded: end))
            } ?? SQLITE_OK
        }
    }

    package func tokenize(
        context: UnsafeMutableRawPointer?, tokenization: FTS5Tokenization, pText: UnsafePointer<CChar>?, nText: CInt,
        tokenCallback: @escaping FTS5TokenCallback
    ) -> CInt {
        guard let pText, nText > 0 else { return SQLITE_OK }
        let sink = Sink(context: context, callback: tokenCallback, isQuery: tokenization.contains(.query))
        return pText.withMemoryRebound(to: UInt8.self, capacity: Int(nText)) {
            tokenize(UnsafeBufferPointer(start: $0, count: Int(nText)), into: sink)
        }
    }

    private func tokenize(_ bytes: UnsafeBufferPointer<UInt8>, into sink: Sink) -> CInt {
        var at = 0
        while at < bytes.count {
            let start = at
            var size = 0
            while at < bytes.count {
                let folded = ASCIILetter.folded(bytes[at])
                guard folded != 0 else { break }
                if size < term.count {
                    term[size] = folded
                    size += 1
                }
                at += 1
            }
            if at < bytes.count, bytes[at] >= 0x80 {
                let (scalar, length) = UTF8Scalar.read(bytes, at)
                let kind = FoldingTable.shared[scalar].kind
                let isWord = kind == .letter || kind == .droppedLetter || (size > 0 && kind != .separator)
                if isWord {
                    let code = sendWord(bytes, from: start, &at, into: sink)
                    guard code == SQLITE_OK else { return code }
                    continue
                }
                // It ends a word, or belongs to what is none.
                let end = at
                at += length
                guard size > 0 else { continue }
                let code = sink.send(term, size, 0, start, end)
                guard code == SQLITE_OK else { return code }
                continue
            }
            if size > 0 {
                let code = sink.send(term, size, 0, start, at)
                guard code == SQLITE_OK else { return code }
            }
            at += 1
        }
        return SQLITE_OK
    }

    /// Prepares and sends the word that begins at `start`, and moves on to its end.
    private func sendWord(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, _ at: inout Int, into sink: Sink
    ) -> CInt {
        // Three scalars at most become one.
        let limit = pairsCharacters ? Int.max : 3 * Self.longestTerm
        at = word.read(bytes, from: start, limit: limit, FoldingTable.shared)
        guard pairsCharacters else { return send(word.units[...], flags: 0, into: sink) }
        return CJKPairs.forEachTerm(of: word.units, isQuery: sink.isQuery) { units, isColocated in
            send(units, flags: isColocated ? FTS5_TOKEN_COLOCATED : 0, into: sink)
        }
    }

    private func send(_ units: ArraySlice<FoldedWord.Unit>, flags: CInt, into sink: Sink) -> CInt {
        guard let first = units.first else { return SQLITE_OK }
        var (size, end) = (0, first.end)
        var hasRoom = true
        for unit in units {
            hasRoom = hasRoom && UTF8Scalar.write(unit.scalar, into: term, &size)
            end = max(end, unit.end)
        }
        return sink.send(term, size, flags, Int(first.start), Int(end))
    }
}

extension WordTokenizer {
    /// Lets tables of every format be dropped, and the present one's be made.
    static func addToUpgrade(_ database: Database) {
        database.add(tokenizer: WordTokenizer.self)
        database.add(tokenizer: FormerCJKTokenizer.self)
    }
}

/// The name under which older formats knew their tokenizer of eastern text; it takes no text apart.
private final class FormerCJKTokenizer: FTS5CustomTokenizer {
    static let name = "passerine_cjk"

    init(db: Database, arguments: [String]) throws {}

    func tokenize(
        context: UnsafeMutableRawPointer?, tokenization: FTS5Tokenization, pText: UnsafePointer<CChar>?, nText: CInt,
        tokenCallback: @escaping FTS5TokenCallback
    ) -> CInt {
        SQLITE_ERROR
    }
}
