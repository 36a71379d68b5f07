import BERT
import Corpus
import Foundation
import HTTP
import JSON
import LinearAlgebra
import Ranking

/// The body of `POST /v1/embeddings`, in OpenAI's shape, and its answer.
struct EmbeddingsBody {
    private static let mostInputs = 2048
    /// Inputs that are encoded together, and pieces from which on no other joins them.
    private static let inputsAtATime = 32
    private static let piecesAtATime = 16_384

    private let inputs: [String]
    private let isBase64: Bool
    private let dimensions: Int?
    /// ColBERT's vectors of every piece as well; no part of OpenAI's interface.
    private let givesTokenVectors: Bool

    /// What clients send besides and what changes no vector here: who asks, and whether a text is a query or a passage,
    /// which the model embeds alike. Longer texts than it takes are cut off in any case.
    private static let passedOver: Set<CodePoints> = [
        "user", "input_type", "task", "truncate", "truncation", "truncate_prompt_tokens", "priority",
    ]

    /// `input` (a string or an array of them), `encoding_format` (`float` or `base64`), `dimensions`, `token_vectors`;
    /// `model` may have any name. Throws `HTTPError` 400.
    init(_ bytes: [UInt8]) throws(HTTPError) {
        let known: Set<CodePoints> = ["input", "model", "encoding_format", "dimensions", "token_vectors"]
        let fields = try RequestBody(bytes, fields: known, passingOver: Self.passedOver).fields
        let given = fields["input"]?.arrayValue ?? fields["input"].map { [$0] } ?? []
        guard (1...Self.mostInputs).contains(given.count) else {
            throw RequestBody.refuse("input must be a string or an array of 1 to \(Self.mostInputs) strings")
        }
        var inputs: [String] = []
        for (position, value) in given.enumerated() {
            guard let text = value.stringValue else {
                throw RequestBody.refuse(
                    "input[\(position)] must be a string; token ids belong to another model's vocabulary (LangChain sends "
                        + "them unless told check_embedding_ctx_length=False)")
            }
            inputs.append(text)
        }
        self.inputs = inputs
        isBase64 =
            try fields["encoding_format"].map { value throws(HTTPError) in
                try RequestBody.choice("encoding_format", value, [("float", false), ("base64", true)])
            } ?? false
        dimensions = try fields["dimensions"].map { value throws(HTTPError) in
            try RequestBody.integer("dimensions", value, 1...65536)
        }
        givesTokenVectors =
            try fields["token_vectors"].map { value throws(HTTPError) in
                try RequestBody.flag("token_vectors", value)
            } ?? false
    }

    /// Encodes the inputs. Texts longer than the model takes are cut off, as sentence-transformers does.
    ///
    /// The answer is written while it is made: as values its numbers would take three times their text.
    func answer(_ models: ModelSet, _ budget: AnswerBudget) throws -> HTTPResponse {
        guard let model = models.colbert ?? models.tilde else {
            throw HTTPError(
                .serviceUnavailable, code: "model_unavailable",
                message: "no model that embeds texts is loaded; name one in the configuration's models")
        }
        let width = model.configuration.hiddenSize
        if let dimensions, dimensions != width {
            throw RequestBody.refuse("dimensions can only be \(width): this model's vectors are not made to be cut")
        }
        let cancellation = budget.cancellation
        var text = AnswerBudget.Text(budget)
        try text.append(text: #"{"data":["#)
        var (done, pieces) = (0, 0)
        while done < inputs.count {
            let sequences = try sequences(from: done, model, cancellation)
            let states = try model.encoder.encode(sequences, cancellation: cancellation)
            var row = 0
            for sequence in sequences {
                let rows = row..<row + sequence.count
                (row, pieces) = (rows.upperBound, pieces + sequence.count)
                var result: JSONValue = [
                    "object": "embedding", "index": .integer(Int64(done)),
                    "embedding": encoded(Self.mean(states, rows)),
                ]
                if givesTokenVectors, case .object(var members) = result {
                    members["token_vectors"] = try tokenVectors(inputs[done], model, cancellation)
                    result = .object(members)
                }
                if done > 0 { try text.append(text: ",") }
                try text.append(result)
                done += 1
            }
        }
        let usage: JSONValue = ["prompt_tokens": .integer(Int64(pieces)), "total_tokens": .integer(Int64(pieces))]
        try text.append(text: #"],"model":"#)
        try text.append(.string(Self.name(of: model)))
        try text.append(text: #","object":"list","usage":"#)
        try text.append(usage)
        try text.append(text: "}\n")
        return .json(text.bytes)
    }

    /// The encoder's input for the next inputs, as many as are encoded together.
    private func sequences(
        from start: Int, _ model: RankingModel, _ cancellation: Cancellation
    ) throws -> [TokenSequence] {
        let vocabulary = model.tokenizer.vocabulary
        var sequences: [TokenSequence] = []
        var pieces = 0
        for text in inputs[start...].prefix(Self.inputsAtATime) where pieces < Self.piecesAtATime {
            try cancellation.check()
            let encoded = model.tokenizer.encode(text, limit: model.configuration.maxPositions - 2)
            sequences.append(TokenSequence([vocabulary.cls] + encoded + [vocabulary.sep]))
            pieces += encoded.count
        }
        return sequences
    }

    /// What the model that embeds is called.
    static func name(of model: RankingModel) -> String { URL(fileURLWithPath: model.folder).lastPathComponent }

    /// The mean of the rows, of length 1.
    private static func mean(_ states: Matrix, _ rows: Range<Int>) -> [Float] {
        var sum = [Float](repeating: 0, count: states.columns)
        for row in rows {
            for (column, value) in states.row(row).enumerated() { sum[column] += value }
        }
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? sum.map { $0 / length } : sum
    }

    private func encoded(_ vector: [Float]) -> JSONValue {
        guard isBase64 else { return .array(vector.map(Self.number)) }
        let bytes = vector.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        return .string(Data(bytes).base64EncodedString())
    }

    /// Eight decimals, which is what a 32-bit number below 1 has.
    private static func number(_ value: Float) -> JSONValue { .number((Double(value) * 1e8).rounded() / 1e8) }

    private func tokenVectors(
        _ text: String, _ model: RankingModel, _ cancellation: Cancellation
    ) throws -> JSONValue {
        guard let colbert = model.colbert else {
            throw RequestBody.refuse("token_vectors need a model with a ColBERT projection, which this one has not")
        }
        let sequence = colbert.passageSequence(
            model.tokenizer.encode(text, limit: model.configuration.maxPositions - 3))
        let kept = colbert.keptPositions(sequence)
        let vectors = colbert.vectors(
            states: try model.encoder.encode([sequence], cancellation: cancellation), first: 0, positions: kept)
        return .array(
            kept.enumerated().map { row, position in
                [
                    "piece": .string(model.tokenizer.vocabulary.piece(sequence.pieces[position]) ?? ""),
                    "vector": .array(vectors.row(row).map(Self.number)),
                ]
            })
    }
}
