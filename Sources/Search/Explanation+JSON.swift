import Corpus
import JSON

extension Explanation {
    var json: JSONValue {
        var fields: [CodePoints: JSONValue] = [
            "bm25": .array(
                bm25.map {
                    [
                        "term": .string($0.term), "count": .integer(Int64($0.count)),
                        "passages": .integer(Int64($0.passages)), "score": .number($0.score),
                    ]
                }),
            "tildev2": .array(
                tildev2.map {
                    [
                        "piece": .string($0.piece), "count": .integer(Int64($0.count)),
                        "query_weight": .number($0.queryWeight), "weight": .number($0.weight),
                        "added": .bool($0.isAdded),
                    ]
                }),
            "colbert": .array(
                colbert.map {
                    [
                        "query_piece": .string($0.queryPiece), "query_weight": .number($0.queryWeight),
                        "passage_piece": .string($0.passagePiece),
                        "position": .integer(Int64($0.position)), "similarity": .number($0.similarity),
                    ]
                }),
        ]
        if !feedback.isEmpty {
            fields["feedback"] = .array(
                feedback.map {
                    ["id": .string($0.id), "weight": .number($0.weight), "similarity": .number($0.similarity)]
                })
        }
        if let crossEncoder { fields["cross_encoder"] = .number(crossEncoder) }
        if let interaction { fields["interaction"] = interaction.json }
        if let termWeights {
            fields["term_weights"] = .array(
                termWeights.map {
                    [
                        "piece": .string($0.piece), "weight": .number(Self.rounded($0.weight)),
                        "added": .bool($0.isAdded),
                    ]
                })
        }
        return .object(fields)
    }

    /// To three decimals, which is what a picture shows.
    fileprivate static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}

extension Explanation.Interaction {
    var json: JSONValue {
        [
            "query_pieces": .array(queryPieces.map { .string($0) }),
            "query_weights": .array(queryWeights.map { .number(Explanation.rounded($0)) }),
            "passage_pieces": .array(passagePieces.map(\.json)),
            "similarities": .array(
                similarities.map { row in .array(row.map { .number(Explanation.rounded($0)) }) }),
        ]
    }
}

extension Explanation.PassagePiece {
    var json: JSONValue {
        var fields: [CodePoints: JSONValue] = ["piece": .string(piece), "position": .integer(Int64(position))]
        if let range {
            fields["start"] = .integer(Int64(range.lowerBound))
            fields["end"] = .integer(Int64(range.upperBound))
        }
        return .object(fields)
    }
}
