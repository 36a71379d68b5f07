import Foundation

/// The pieces that a model knows, numbered from 0 without gaps: row `id` of the model's embedding is piece `id`.
///
///     let vocabulary = try Vocabulary(file: folder.appending(path: "vocab.txt"))
///     vocabulary.id(of: "##ing")   // 2075
///
/// Pieces are compared byte by byte: two that differ only in Unicode normal form are two pieces.
public struct Vocabulary: Sendable {
    /// The prefix of pieces that continue a word.
    public static let continuationPrefix = "##"
    /// The five pieces that BERT's vocabularies must have.
    public static let specialPieces = SpecialPieces.bert.all
    /// The longest piece taken from a file, in bytes.
    public static let maximumPieceLength = 1000

    /// Where the pieces came from, for messages.
    public let source: String
    /// The names of the five pieces that follow.
    public let special: SpecialPieces
    public let pad: Int32
    public let unk: Int32
    public let cls: Int32
    public let sep: Int32
    public let mask: Int32

    let trie: PieceTrie
    /// The trie's node after "##"; nil where no piece continues a word.
    let continuation: PieceTrie.Node?
    /// All pieces end to end, `starts[id]..<starts[id + 1]` the bytes of one.
    private let bytes: [UInt8]
    private let starts: [Int32]

    /// A vocabulary whose ids are the positions in `pieces`. Throws `TokenizationError` for an empty, overlong or
    /// repeated piece, and where one of the special pieces is missing.
    public init(pieces: [String]) throws {
        try self.init(pieces: pieces, source: "vocabulary", firstLine: nil)
    }

    /// - Parameter firstLine: the line of `source` on which piece 0 stands, where every piece has a line of its own.
    init(
        pieces: some Collection<String>, source: String, firstLine: Int?, special names: SpecialPieces = .bert
    ) throws {
        func failure(_ id: Int, _ message: String) -> TokenizationError {
            TokenizationError(file: source, line: firstLine.map { $0 + id }, message: message)
        }
        var trie = PieceTrie(pieces: pieces.count)
        var bytes: [UInt8] = []
        var starts: [Int32] = [0]
        starts.reserveCapacity(pieces.count + 1)
        for (id, piece) in pieces.enumerated() {
            let utf8 = piece.utf8
            guard !utf8.isEmpty else {
                throw failure(id, "piece \(id) is empty; every id from 0 to the last needs a piece")
            }
            guard utf8.count <= Self.maximumPieceLength else {
                throw failure(id, "piece \(id) has \(utf8.count) bytes, more than \(Self.maximumPieceLength)")
            }
            let (former, fits) = trie.insert(utf8, id: Int32(id))
            guard fits else {
                throw failure(id, "the pieces are too many to hold (more than \(PieceTrie.maximumNodes) prefixes)")
            }
            if let former {
                let place = firstLine.map { " (line \($0 + Int(former)))" } ?? ""
                throw failure(id, "piece \(id), \"\(piece)\", is already piece \(former)\(place)")
            }
            bytes.append(contentsOf: utf8)
            starts.append(Int32(bytes.count))
        }
        let special = try names.all.map { piece in
            guard let id = trie.id(of: piece.utf8) else {
                throw TokenizationError(
                    file: source,
                    message: "the special piece \(piece) is missing (\(pieces.count) pieces read);"
                        + " a vocabulary of this kind has \(names.all.joined(separator: " "))")
            }
            return id
        }
        (pad, unk, cls, sep, mask) = (special[0], special[1], special[2], special[3], special[4])
        continuation = trie.node(after: Self.continuationPrefix.utf8)
        self.trie = trie
        self.bytes = bytes
        self.starts = starts
        self.source = source
        self.special = names
    }

    /// The number of pieces; ids are `0..<count`.
    public var count: Int { starts.count - 1 }

    /// The id of a piece ("##" before one that continues a word), nil where the vocabulary lacks it.
    public func id(of piece: String) -> Int32? {
        trie.id(of: piece.utf8)
    }

    /// The piece with this id, nil outside `0..<count`.
    public func piece(_ id: Int32) -> String? {
        guard id >= 0, id < count else { return nil }
        return String(decoding: bytes[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])], as: UTF8.self)
    }

    /// Throws `TokenizationError` where an id of this vocabulary has no row in a tensor of `rows` rows.
    public func requireFit(rows: Int, tensor: String) throws {
        guard count <= rows else {
            throw TokenizationError(
                file: source,
                message: "\(count) pieces, but the tensor \(tensor) has \(rows) rows;"
                    + " vocabulary and weights belong to different models")
        }
    }
}
