import GRDB
import GRDBSQLite

/// FTS5's `unicode61` for text in which Chinese, Japanese and Korean are written without spaces.
///
/// A run of their characters becomes overlapping pairs, which find any part of two characters and more; passages have
/// the single characters too, at the same places, for queries of one (Lucene's CJKBigramFilter). Other words stay whole.
final class CJKTokenizer: FTS5CustomTokenizer {
    static let name = "passerine_cjk"

    private let words: any FTS5Tokenizer

    init(db: Database, arguments: [String]) throws {
        words = try db.makeTokenizer(FTS5TokenizerDescriptor(components: ["unicode61", "remove_diacritics", "2"]))
    }

    /// Where the words that `unicode61` finds go on to.
    private struct Sink {
        let context: UnsafeMutableRawPointer?
        let callback: FTS5TokenCallback
        let isQuery: Bool

        func send(_ text: some StringProtocol, isColocated: Bool = false, _ range: (CInt, CInt)) -> CInt {
            var text = String(text)
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    callback(
                        context, isColocated ? FTS5_TOKEN_COLOCATED : 0, $0.baseAddress, CInt($0.count), range.0,
                        range.1)
                }
            }
        }

        /// Sends a word, cut where its script changes.
        func split(_ word: String, _ range: (CInt, CInt)) -> CInt {
            var rest = Substring(word).unicodeScalars
            // Folding may have changed how many bytes the word has; then its parts can only be placed all over it.
            let start = word.utf8.count == Int(range.1 - range.0) ? range.0 : nil
            while let first = rest.first {
                let isCJK = CJKTokenizer.isCJK(first)
                let part = rest.prefix { CJKTokenizer.isCJK($0) == isCJK }
                let place = { (from: String.Index, to: String.Index) -> (CInt, CInt) in
                    guard let start else { return range }
                    return (
                        start + CInt(word.utf8.distance(from: word.startIndex, to: from)),
                        start + CInt(word.utf8.distance(from: word.startIndex, to: to))
                    )
                }
                let code =
                    isCJK ? pairs(part, place) : send(Substring(part), place(part.startIndex, part.endIndex))
                guard code == SQLITE_OK else { return code }
                rest = rest[part.endIndex...]
            }
            return SQLITE_OK
        }

        private func pairs(
            _ run: Substring.UnicodeScalarView, _ place: (String.Index, String.Index) -> (CInt, CInt)
        ) -> CInt {
            var previous: (scalar: Unicode.Scalar, index: String.Index)?
            let isSingle = run.dropFirst().isEmpty
            for (index, scalar) in zip(run.indices, run) {
                let end = run.index(after: index)
                if let previous {
                    let code = send("\(previous.scalar)\(scalar)", place(previous.index, end))
                    guard code == SQLITE_OK else { return code }
                }
                // A colocated term does not make the passage longer.
                if isSingle || !isQuery {
                    let code = send("\(scalar)", isColocated: previous != nil, place(index, end))
                    guard code == SQLITE_OK else { return code }
                }
                previous = (scalar, index)
            }
            return SQLITE_OK
        }
    }

    func tokenize(
        context: UnsafeMutableRawPointer?, tokenization: FTS5Tokenization, pText: UnsafePointer<CChar>?, nText: CInt,
        tokenCallback: @escaping FTS5TokenCallback
    ) -> CInt {
        var sink = Sink(context: context, callback: tokenCallback, isQuery: tokenization.contains(.query))
        return withUnsafeMutablePointer(to: &sink) { sink in
            words.tokenize(context: sink, tokenization: tokenization, pText: pText, nText: nText) {
                sink, flags, word, size, start, end in
                guard let sink, let word else { return SQLITE_ERROR }
                let sent = sink.assumingMemoryBound(to: Sink.self).pointee
                let bytes = UnsafeRawBufferPointer(start: word, count: Int(size))
                // No character of these scripts begins with a smaller byte in UTF-8.
                guard bytes.contains(where: { $0 >= 0xE1 }) else {
                    return sent.callback(sent.context, flags, word, size, start, end)
                }
                return sent.split(String(decoding: bytes, as: UTF8.self), (start, end))
            }
        }
    }

    /// Whether a character is of a script that is written without spaces between words, or of Korean, whose words carry
    /// endings: Han, kana, bopomofo, hangul.
    static func isCJK(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x11FF, 0x3005...0x3007, 0x3040...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA960...0xA97F,
            0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFF66...0xFFDC, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
