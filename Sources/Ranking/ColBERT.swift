import BERT
import CKernels
import Foundation
import LinearAlgebra

/// Late interaction (Khattab and Zaharia 2020): a unit vector for each piece, `score = Σ_i w_i max_j q_i·p_j`.
///
/// `w_i` is 1, or `softplus(a·h_i + c)` where the checkpoint has a head for it: pieces of a query then count by what
/// they mean there.
///
/// Passage: `[CLS] [D] pieces [SEP]`, query: `[CLS] [Q] pieces [SEP]`, the markers and the padding of queries by
/// `[MASK]` as the checkpoint says.
public struct ColBERT: Sendable {
    /// Columns of a full vector. The first `d` alone, normalised after the cut, may serve where `usableDimensions`
    /// says so (Matryoshka training).
    public let dimension: Int
    public let usableDimensions: [Int]
    /// Pieces of a query or passage, special ones included.
    public let queryLength: Int
    public let passageLength: Int

    private let projection: DenseLayer
    private let queryWeight: (row: Matrix, bias: Float)?
    private let cls: Int32
    private let sep: Int32
    private let mask: Int32
    private let queryMarker: Int32?
    private let passageMarker: Int32?
    private let padsQueries: Bool
    private let attendsToMask: Bool
    private let skipped: Set<Int32>

    /// Reads the projection; `nil` where the checkpoint has none. Throws `CheckpointError`.
    init?(_ checkpoint: Checkpoint, settings: ModelSettings, tokenizer: any Tokenizer) throws {
        guard checkpoint.has(TensorName.colbertProjection) else { return nil }
        let colbert = settings.colbert
        let vocabulary = tokenizer.vocabulary
        func marker(_ piece: String?, field: String) throws -> Int32? {
            guard let piece else { return nil }
            guard let id = vocabulary.id(of: piece) else {
                throw CheckpointError(
                    checkpoint.folder, field: field, "the marker \(piece) is not in the vocabulary",
                    remedy: "name one of its pieces in passerine.json")
            }
            return id
        }
        let hidden = checkpoint.configuration.hiddenSize
        dimension = try checkpoint.shape(of: TensorName.colbertProjection).first ?? 0
        let weight = try checkpoint.matrix(TensorName.colbertProjection, rows: dimension, columns: hidden)
        guard weight.count > 0 else {
            throw CheckpointError(checkpoint.folder, tensor: TensorName.colbertProjection, "has no elements")
        }
        projection = DenseLayer(
            weight: weight,
            bias: checkpoint.has(TensorName.colbertBias)
                ? try checkpoint.vector(TensorName.colbertBias, count: dimension) : nil)
        queryWeight =
            checkpoint.has(TensorName.colbertQueryWeight)
            ? (
                try checkpoint.vector(TensorName.colbertQueryWeight, count: hidden),
                try checkpoint.floats(TensorName.colbertQueryBias, shape: []).first ?? 0
            ) : nil
        let usable = colbert.usableDimensions.filter { [dimension] in $0 <= dimension }
        usableDimensions = usable.isEmpty ? [dimension] : usable
        queryLength = min(settings.queryLength, checkpoint.configuration.maxPositions)
        passageLength = min(settings.passageLength, checkpoint.configuration.maxPositions)
        cls = tokenizer.vocabulary.cls
        sep = tokenizer.vocabulary.sep
        mask = tokenizer.vocabulary.mask
        queryMarker = try marker(colbert.queryMarker, field: "colbert.query_marker")
        passageMarker = try marker(colbert.passageMarker, field: "colbert.passage_marker")
        padsQueries = colbert.padQueriesWithMask
        attendsToMask = colbert.attendsToMask
        skipped = Set(colbert.skipInPassages.pieces.compactMap { vocabulary.id(of: $0.text) })
    }

    /// Pieces of text that a passage has room for.
    public var passageCapacity: Int { max(1, passageLength - 2 - (passageMarker == nil ? 0 : 1)) }

    /// The encoder's input for a passage; pieces over `passageCapacity` are cut off.
    public func passageSequence(_ pieces: some Collection<Int32>) -> TokenSequence {
        TokenSequence([cls] + (passageMarker.map { [$0] } ?? []) + pieces.prefix(passageCapacity) + [sep])
    }

    /// The encoder's input for a query.
    public func querySequence(_ text: String, tokenizer: any Tokenizer) -> TokenSequence {
        let marker = queryMarker.map { [$0] } ?? []
        let capacity = max(1, queryLength - 2 - marker.count)
        var sequence = TokenSequence([cls] + marker + tokenizer.encode(text, limit: capacity).prefix(capacity) + [sep])
        if padsQueries && sequence.count < queryLength {
            let padding = queryLength - sequence.count
            sequence.pieces += Array(repeating: mask, count: padding)
            sequence.secondSegmentStart += padding
            if attendsToMask { sequence.attended += padding }
        }
        return sequence
    }

    /// Positions of a passage's sequence whose vectors are kept: all but those on the skip list.
    public func keptPositions(_ sequence: TokenSequence) -> [Int] {
        sequence.pieces.indices.filter { !skipped.contains(sequence.pieces[$0]) }
    }

    /// Unit vectors for some rows of packed hidden states, `[positions, dimension]`.
    ///
    /// - Parameters:
    ///   - states: packed hidden states, `[ΣT, H]`.
    ///   - first: row of `states` where the sequence begins.
    ///   - positions: positions within the sequence.
    ///   - dimension: the first so many columns of the projection; all where `nil`.
    public func vectors(states: Matrix, first: Int, positions: [Int], dimension: Int? = nil) -> Matrix {
        let width = min(dimension ?? self.dimension, self.dimension)
        let hidden = projection.inputs
        let chosen = Matrix(rows: positions.count, columns: hidden)
        for (row, position) in positions.enumerated() {
            chosen.row(row).baseAddress?.update(from: states.pointer + (first + position) * hidden, count: hidden)
        }
        let all = Matrix(rows: positions.count, columns: self.dimension)
        let panels = (width + DenseLayer.grain - 1) / DenseLayer.grain * DenseLayer.grain
        projection.multiply(
            chosen.pointer, rows: 0..<positions.count, columns: 0..<min(panels, self.dimension), into: all.pointer)
        let vectors = width == self.dimension ? all : Self.firstColumns(width, of: all)
        pk_unit_rows(vectors.pointer, vectors.rows, width)
        return vectors
    }

    private static func firstColumns(_ width: Int, of matrix: Matrix) -> Matrix {
        let cut = Matrix(rows: matrix.rows, columns: width)
        for row in 0..<matrix.rows {
            (cut.pointer + row * width).update(from: matrix.pointer + row * matrix.columns, count: width)
        }
        return cut
    }

    /// Vectors of a query whose packed hidden states begin at row `first`, `[count, dimension]`: each unit vector times
    /// its weight, so that the score is a sum of products.
    public func queryVectors(states: Matrix, first: Int, count: Int, dimension: Int? = nil) -> Matrix {
        let vectors = vectors(states: states, first: first, positions: Array(0..<count), dimension: dimension)
        guard let queryWeight else { return vectors }
        for row in 0..<count {
            let state = states.pointer + (first + row) * states.columns
            let sum = pk_dot(queryWeight.row.pointer, state, states.columns) + queryWeight.bias
            // softplus; above 20 it is the sum itself in floats.
            let softplus = sum > 20 ? sum : log1p(exp(sum))
            let weight = softplus.isFinite ? softplus : 0
            for index in vectors.row(row).indices { vectors.row(row)[index] *= weight }
        }
        return vectors
    }

    /// Vectors of a query, `[pieces, dimension]`: one short pass of the encoder.
    public func query(_ text: String, model: RankingModel, dimension: Int? = nil) throws -> Matrix {
        let sequence = querySequence(text, tokenizer: model.tokenizer)
        let states = try model.encoder.encode([sequence])
        return queryVectors(states: states, first: 0, count: sequence.count, dimension: dimension)
    }

    /// `Σ_i max_j q_i·p_j` in floats; 0 for a passage without vectors.
    public static func maxSim(query: Matrix, passage: Matrix) -> Float {
        guard passage.rows > 0 else { return 0 }
        let products = Matrix(rows: query.rows, columns: passage.rows)
        BLAS.multiply(BLAS.View(query), BLAS.View(passage), transposed: true, into: BLAS.View(products))
        return (0..<query.rows).reduce(0) { $0 + (products.row($1).max() ?? 0) }
    }
}
