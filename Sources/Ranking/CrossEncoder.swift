import BERT
import Foundation
import LinearAlgebra

/// A cross-encoder (Nogueira and Cho 2019): `[CLS] query [SEP] passage [SEP]` through the encoder, and its states
/// through the checkpoint's own head. The score is the raw logit, or the log-probability of the last of 2 labels.
public struct CrossEncoder: Sendable {
    /// Pieces of a pair, special ones included.
    public let length: Int
    public let labels: Int
    private let form: ClassifierForm
    private let dense: DenseLayer
    private let norm: LayerNorm?
    private let epsilon: Float
    private let classifier: DenseLayer
    private let cls: Int32
    private let sep: Int32
    private let separators: Int

    /// Reads pooler and classifier; `nil` where the checkpoint has no classifier. Throws `CheckpointError`.
    init?(_ checkpoint: Checkpoint, settings: ModelSettings, tokenizer: any Tokenizer) throws {
        guard checkpoint.has("classifier.weight") else { return nil }
        let hidden = checkpoint.configuration.hiddenSize
        labels = try checkpoint.shape(of: "classifier.weight").first ?? 0
        guard labels == 1 || labels == 2 else {
            throw CheckpointError(
                checkpoint.folder, tensor: "classifier.weight", "has \(labels) labels",
                remedy: "a cross-encoder has 1 label, or 2 of which the last means relevant")
        }
        let form = checkpoint.configuration.classifier
        self.form = form
        func vector(_ name: String, isThere: Bool) throws -> Matrix {
            isThere ? try checkpoint.vector(name, count: hidden) : Matrix(rows: 1, columns: hidden)
        }
        dense = DenseLayer(
            weight: try checkpoint.matrix("\(form.dense).weight", rows: hidden, columns: hidden),
            bias: try vector("\(form.dense).bias", isThere: form.denseHasBias))
        norm =
            form.hasNorm
            ? LayerNorm(
                gain: try checkpoint.vector("classifier.norm.weight", count: hidden),
                shift: try vector("classifier.norm.bias", isThere: form.normHasBias)) : nil
        epsilon = checkpoint.configuration.layerNormEpsilon
        classifier = DenseLayer(
            weight: try checkpoint.matrix("classifier.weight", rows: labels, columns: hidden),
            bias: try checkpoint.vector("classifier.bias", count: labels))
        length = min(settings.crossEncoderLength, checkpoint.configuration.maxPositions)
        cls = tokenizer.vocabulary.cls
        sep = tokenizer.vocabulary.sep
        separators = tokenizer.pairSeparators
        guard length >= 4 + separators else {
            throw CheckpointError(
                checkpoint.folder, field: "cross_encoder_length",
                "\(length) pieces have no room for a query and a passage between their \(2 + separators) special ones",
                remedy: "a cross-encoder's pairs have \(4 + separators) pieces or more")
        }
    }

    /// The encoder's input for a pair; the passage is cut first.
    public func sequence(query: [Int32], passage: [Int32]) -> TokenSequence {
        let room = length - 2 - separators
        let kept = query.prefix(room)
        return TokenSequence(
            first: kept, second: passage.prefix(room - kept.count), cls: cls, sep: sep, separators: separators)
    }

    /// Passages whose texts are in memory together, and pieces whose states are.
    private static let passagesAtATime = 32
    private static let piecesAtATime = 32_768

    /// One score a passage. Throws `EncoderError`.
    public func scores(query: String, passages: [String], model: RankingModel) throws -> [Float] {
        try scores(query: query, count: passages.count, model: model) { passages[$0] }
    }

    /// One score for each of `count` passages, whose texts are asked for some at a time. Throws `EncoderError`, what
    /// `passages` throws, and `Cancellation.Cancelled` where the scores are not wanted any more.
    public func scores(
        query: String, count: Int, model: RankingModel, cancellation: Cancellation = .never,
        passages: (Range<Int>) throws -> some Collection<String>
    ) throws -> [Float] {
        let query = model.tokenizer.encode(query, limit: length)
        var scores: [Float] = []
        var pairs: [TokenSequence] = []
        var pieces = 0
        for first in stride(from: 0, to: count, by: Self.passagesAtATime) {
            for passage in try passages(first..<min(first + Self.passagesAtATime, count)) {
                try cancellation.check()
                pairs.append(sequence(query: query, passage: model.tokenizer.encode(passage, limit: length)))
                pieces += pairs.last?.count ?? 0
                guard pieces >= Self.piecesAtATime else { continue }
                scores += try self.scores(pairs, model: model, cancellation: cancellation)
                (pairs, pieces) = ([], 0)
            }
        }
        return pairs.isEmpty ? scores : scores + (try self.scores(pairs, model: model, cancellation: cancellation))
    }

    /// One score a sequence, which does not depend on the others. Throws `EncoderError`.
    public func scores(
        _ sequences: [TokenSequence], model: RankingModel, cancellation: Cancellation = .never
    ) throws -> [Float] {
        let states = try model.encoder.encode(sequences, cancellation: cancellation)
        let pooled = Matrix(rows: sequences.count, columns: dense.inputs)
        pool(states, sequences, into: pooled)
        let inner = dense(pooled, activation: form.activation.activation)
        norm?.normalise(inner.pointer, rows: inner.rows, epsilon: epsilon)
        let logits = classifier(inner)
        let scores = (0..<sequences.count).map { number in
            let row = logits.row(number)
            return labels == 1 ? row[0] : Self.logSoftmax(row[1], against: row[0])
        }
        guard scores.allSatisfy(\.isFinite) else { throw EncoderError.notFinite }
        return scores
    }

    private func pool(_ states: Matrix, _ sequences: [TokenSequence], into pooled: Matrix) {
        var first = 0
        for (number, sequence) in sequences.enumerated() {
            let target = pooled.row(number)
            switch form.pooling {
            case .cls:
                target.baseAddress?.update(from: states.pointer + first * states.columns, count: states.columns)
            case .mean:
                for row in first..<first + sequence.count {
                    for (column, value) in states.row(row).enumerated() { target[column] += value }
                }
                for column in target.indices { target[column] /= Float(sequence.count) }
            }
            first += sequence.count
        }
    }

    /// `log(e^a / (e^a + e^b))` without overflow.
    private static func logSoftmax(_ a: Float, against b: Float) -> Float {
        a >= b ? -log1p(exp(b - a)) : a - b - log1p(exp(a - b))
    }
}

extension ClassifierForm.Activation {
    /// The function on the sums of a dense layer.
    fileprivate var activation: Activation {
        switch self {
        case .tanh: .tanh
        case .gelu: .gelu
        case .geluTanh: .geluTanh
        case .relu: .relu
        }
    }
}
