import BERT
import LinearAlgebra

/// TILDEv2 (Zhuang and Zuccon 2021): exact matches of pieces, weighted by the passage's context when it was indexed.
///
/// For each distinct piece of a passage `weight = max over its positions of relu(a·h + c)`;
/// `score(q, p) = Σ over the query's pieces, with repetition, of weight_p(piece)`. Special and stop pieces carry none.
/// A checkpoint may have a hidden layer below `a`, a head that proposes pieces which the passage lacks, and a table of
/// what a query's pieces ask for, `score(q, p) = Σ weight_q(piece)·weight_p(piece)` then.
public struct TILDE: Sendable {
    /// A piece of a passage, or one that a query asks for, and its weight, 0 or more.
    public struct Term: Sendable, Equatable {
        public let piece: Int32
        public let weight: Float

        public init(piece: Int32, weight: Float) {
            self.piece = piece
            self.weight = weight
        }
    }

    /// Pieces of a query or passage, special ones included.
    public let queryLength: Int
    public let passageLength: Int
    private let weights: TermWeights
    private let expansion: PassageExpansion?
    private let table: QueryTable?
    private let cls: Int32
    private let sep: Int32
    /// By piece id: whether the piece carries no weight.
    private let stops: [Bool]

    /// Reads the head; `nil` where the checkpoint has none. Throws `CheckpointError`.
    ///
    /// - Parameter precision: of the expansion's products.
    init?(_ checkpoint: Checkpoint, settings: ModelSettings, tokenizer: any Tokenizer, precision: Precision) throws {
        guard checkpoint.has(TensorName.tildeWeight) else { return nil }
        weights = try TermWeights(checkpoint)
        expansion = try PassageExpansion(checkpoint, settings: settings, precision: precision)
        table = try QueryTable(checkpoint)
        queryLength = min(settings.queryLength, checkpoint.configuration.maxPositions)
        passageLength = min(settings.passageLength, checkpoint.configuration.maxPositions)
        cls = tokenizer.vocabulary.cls
        sep = tokenizer.vocabulary.sep
        let vocabulary = tokenizer.vocabulary
        let pieces = (0..<vocabulary.count).map { vocabulary.piece(Int32($0)) ?? "" }
        let markers = [settings.colbert.queryMarker, settings.colbert.passageMarker].compactMap { marker in
            marker.flatMap { vocabulary.id(of: $0) }
        }
        let special = Set([vocabulary.cls, vocabulary.sep, vocabulary.mask, vocabulary.pad, vocabulary.unk] + markers)
        let stopPieces = settings.tildev2.stopPieces(of: pieces)
        stops = pieces.indices.map { special.contains(Int32($0)) || stopPieces.contains($0) }
    }

    /// Pieces of text that a passage has room for.
    public var passageCapacity: Int { max(1, passageLength - 2) }

    /// The encoder's input for a passage, where TILDEv2 has an encoder of its own.
    public func passageSequence(_ pieces: some Collection<Int32>) -> TokenSequence {
        TokenSequence([cls] + pieces.prefix(passageCapacity) + [sep])
    }

    /// Whether a piece carries no weight.
    public func isStop(_ piece: Int32) -> Bool {
        piece < 0 || Int(piece) >= stops.count || stops[Int(piece)]
    }

    /// The pieces of a query that carry weight, with repetition.
    public func queryPieces(_ text: String, tokenizer: any Tokenizer) -> [Int32] {
        let capacity = max(1, queryLength - 2)
        return tokenizer.encode(text, limit: capacity).prefix(capacity).filter { !isStop($0) }
    }

    /// What a query asks for, by ascending piece: its own pieces, each with how often it stands there, or what the
    /// model's table makes of them.
    public func queryTerms(_ text: String, tokenizer: any Tokenizer) -> [Term] {
        let asked = queryPieces(text, tokenizer: tokenizer).reduce(into: [Int32: Float]()) { asked, piece in
            if let table { table.add(piece, to: &asked) } else { asked[piece, default: 0] += 1 }
        }
        return asked.map { Term(piece: $0.key, weight: $0.value) }.sorted { $0.piece < $1.piece }
    }

    /// Weights of each passage's distinct pieces, and of those that it is expanded by, by ascending piece; pieces of
    /// weight 0 are left out.
    ///
    /// - Parameters:
    ///   - sequences: the encoder's inputs.
    ///   - states: packed hidden states, `[ΣT, H]`.
    ///   - firsts: rows of `states` where the sequences begin.
    public func terms(_ sequences: [TokenSequence], states: Matrix, firsts: [Int]) -> [[Term]] {
        let own = zip(sequences, firsts).map { sequence, first in
            let values = weights(states, first: first, count: sequence.count)
            return zip(sequence.pieces, values).reduce(into: [Int32: Float]()) { weights, term in
                // A piece of weight 0 stays until the passage has been expanded: it is there, if worth nothing.
                if !isStop(term.0), term.1.isFinite { weights[term.0] = max(term.1, weights[term.0] ?? 0) }
            }
        }
        let ranges = zip(sequences, firsts).map { $1..<$1 + $0.count }
        let added = expansion?.terms(ranges, states: states) { own[$0][$1] != nil || isStop($1) }
        return own.indices.map { number in
            let terms = own[number].compactMap { $0.value > 0 ? Term(piece: $0.key, weight: $0.value) : nil }
            return (terms + (added?[number] ?? [])).sorted { $0.piece < $1.piece }
        }
    }

    /// `Σ weight_q(piece)·weight_p(piece)`; both by ascending piece, no piece twice.
    public static func score(query: [Term], terms: [Term]) -> Float {
        var (score, next) = (Float(0), terms.startIndex)
        for asked in query {
            while next < terms.endIndex, terms[next].piece < asked.piece { next += 1 }
            if next < terms.endIndex, terms[next].piece == asked.piece { score += asked.weight * terms[next].weight }
        }
        return score
    }
}
