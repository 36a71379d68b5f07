import Corpus

extension SearchResponse {
    /// The response as the REST endpoint and `passerine search --json` give it.
    public func json(request: SearchRequest, index: String) -> JSONValue {
        var times = Dictionary(milliseconds.map { ($0.stage, Self.rounded($0.time)) }, uniquingKeysWith: { $1 })
        times["total"] = Self.rounded(total)
        return .object([
            "index": .string(index), "query": .string(request.query), "k": .integer(Int64(request.k)),
            "pipeline": .string(pipeline.description), "hits": .array(hits.map(\.json)), "milliseconds": .object(times),
        ])
    }

    /// Milliseconds to a thousandth.
    private static func rounded(_ time: Double) -> JSONValue { .number((time * 1000).rounded() / 1000) }
}

extension Hit {
    var json: JSONValue {
        var fields: [String: JSONValue] = [
            "rank": .integer(Int64(rank)), "id": .string(id), "score": .number(score),
            "scores": .object(scores.mapValues { .number($0) }),
        ]
        if let text { fields["text"] = .string(text) }
        if !metadata.isEmpty { fields["metadata"] = .object(metadata) }
        if let span {
            fields["span"] = .object([
                "start": .integer(Int64(span.start)), "end": .integer(Int64(span.end)), "text": .string(span.text),
            ])
        }
        if let explanation { fields["explanation"] = explanation.json }
        return .object(fields)
    }
}

extension Explanation {
    var json: JSONValue {
        .object([
            "bm25": .array(
                bm25.map {
                    [
                        "term": .string($0.term), "count": .integer(Int64($0.count)),
                        "passages": .integer(Int64($0.passages)), "score": .number($0.score),
                    ]
                }),
            "tildev2": .array(
                tildev2.map {
                    ["piece": .string($0.piece), "count": .integer(Int64($0.count)), "weight": .number($0.weight)]
                }),
            "colbert": .array(
                colbert.map {
                    [
                        "query_piece": .string($0.queryPiece), "passage_piece": .string($0.passagePiece),
                        "position": .integer(Int64($0.position)), "similarity": .number($0.similarity),
                    ]
                }),
        ])
    }
}
