import Corpus
import JSON

extension SearchResponse {
    /// The response as the REST endpoint and `passerine search --json` give it.
    public func json(request: SearchRequest, index: String) -> JSONValue {
        let times = milliseconds + [("total", total)]
        var fields: [CodePoints: JSONValue] = [
            "index": .string(index), "query": .string(request.query), "k": .integer(Int64(request.k)),
            "offset": .integer(Int64(request.offset)),
            "pipeline": .string(pipeline.description), "hits": .array(hits.map(\.json)),
            "milliseconds": JSONValue(members: times.map { ($0.stage, Self.rounded($0.time)) }),
        ]
        if let facets {
            fields["facets"] = .object(Dictionary(facets.map { ($0.field, $0.json) }, uniquingKeysWith: { $1 }))
        }
        return .object(fields)
    }

    /// Milliseconds to a thousandth.
    private static func rounded(_ time: Double) -> JSONValue { .number((time * 1000).rounded() / 1000) }
}

extension Hit {
    var json: JSONValue {
        var fields: [CodePoints: JSONValue] = [
            "rank": .integer(Int64(rank)), "id": .string(id), "score": .number(score),
            "scores": JSONValue(members: scores.map { ($0, .number($1)) }),
        ]
        if let text { fields["text"] = .string(text) }
        if let highlights {
            fields["highlights"] = .array(
                highlights.map { [.integer(Int64($0.lowerBound)), .integer(Int64($0.upperBound))] })
        }
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

extension FacetCounts {
    var json: JSONValue {
        .array(values.map { ["value": $0.value, "count": .integer(Int64($0.count))] })
    }
}
