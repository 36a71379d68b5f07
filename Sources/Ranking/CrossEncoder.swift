import BERT
import CKernels
import Foundation
import LinearAlgebra

/// A cross-encoder (Nogueira and Cho 2019): `[CLS] query [SEP] passage [SEP]` through the encoder, pooled by the
/// checkpoint's own pooler and classifier. The score is the raw logit, or the log-probability of the last of 2 labels.
public struct CrossEncoder: Sendable {
    /// Pieces of a pair, special ones included.
    public let length: Int
    public let labels: Int
    private let poolerWeight: Matrix
    private let poolerBias: Matrix
    private let weight: Matrix
    private let bias: Matrix
    private let cls: Int32
    private let sep: Int32

    /// Reads pooler and classifier; `nil` where the checkpoint has no classifier. Throws `CheckpointError`.
    init?(_ checkpoint: Checkpoint, settings: ModelSettings, tokenizer: WordPiece) throws {
        guard checkpoint.has("classifier.weight") else { return nil }
        let hidden = checkpoint.configuration.hiddenSize
        labels = try checkpoint.shape(of: "classifier.weight").first ?? 0
        guard labels == 1 || labels == 2 else {
            throw CheckpointError(
                checkpoint.folder, tensor: "classifier.weight", "has \(labels) labels",
                remedy: "a cross-encoder has 1 label, or 2 of which the last means relevant")
        }
        poolerWeight = try checkpoint.matrix("pooler.dense.weight", rows: hidden, columns: hidden)
        poolerBias = try checkpoint.vector("pooler.dense.bias", count: hidden)
        weight = try checkpoint.matrix("classifier.weight", rows: labels, columns: hidden)
        bias = try checkpoint.vector("classifier.bias", count: labels)
        length = max(4, min(settings.crossEncoderLength, checkpoint.configuration.maxPositions))
        cls = tokenizer.vocabulary.cls
        sep = tokenizer.vocabulary.sep
    }

    /// The encoder's input for a pair; the passage is cut first.
    public func sequence(query: [Int32], passage: [Int32]) -> TokenSequence {
        let kept = query.prefix(length - 3)
        return TokenSequence(first: kept, second: passage.prefix(length - 3 - kept.count), cls: cls, sep: sep)
    }

    /// One score a passage. Throws `EncoderError`.
    public func scores(query: String, passages: [String], model: RankingModel) throws -> [Float] {
        let query = model.tokenizer.encode(query, limit: length)
        let pairs = passages.map { sequence(query: query, passage: model.tokenizer.encode($0, limit: length)) }
        return try scores(pairs, model: model)
    }

    /// One score a sequence. Throws `EncoderError`.
    public func scores(_ sequences: [TokenSequence], model: RankingModel) throws -> [Float] {
        let states = try model.encoder.encode(sequences)
        let hidden = weight.columns
        let first = Matrix(rows: sequences.count, columns: hidden)
        var row = 0
        for (number, sequence) in sequences.enumerated() {
            first.row(number).baseAddress?.update(from: states.pointer + row * hidden, count: hidden)
            row += sequence.count
        }
        let pooled = Matrix(rows: sequences.count, columns: hidden)
        BLAS.multiply(BLAS.View(first), BLAS.View(poolerWeight), transposed: true, into: BLAS.View(pooled))
        pk_bias_tanh(pooled.pointer, poolerBias.pointer, pooled.rows, hidden)
        let logits = Matrix(rows: sequences.count, columns: labels)
        BLAS.multiply(BLAS.View(pooled), BLAS.View(weight), transposed: true, into: BLAS.View(logits))
        pk_bias(logits.pointer, bias.pointer, logits.rows, labels)
        return (0..<sequences.count).map { number in
            let row = logits.row(number)
            return labels == 1 ? row[0] : Self.logSoftmax(row[1], against: row[0])
        }
    }

    /// `log(e^a / (e^a + e^b))` without overflow.
    private static func logSoftmax(_ a: Float, against b: Float) -> Float {
        a >= b ? -log1p(exp(b - a)) : a - b - log1p(exp(a - b))
    }
}
