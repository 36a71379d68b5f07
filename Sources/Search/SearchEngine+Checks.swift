extension SearchEngine {
    /// Refuses requests that cannot be answered. Throws `SearchError`.
    func check(_ request: SearchRequest) throws {
        guard request.k >= 1, request.k <= Pipeline.largestKeep else {
            throw SearchError(.invalid, "k is \(request.k); it can be 1 to \(Pipeline.largestKeep)")
        }
        guard request.offset >= 0, request.offset <= Pipeline.largestKeep - request.k else {
            throw SearchError(
                .invalid,
                "offset is \(request.offset) and k is \(request.k); offset is at least 0, and together they can be up to "
                    + "\(Pipeline.largestKeep)")
        }
        guard request.query.utf8.count <= Self.largestQuery else {
            throw SearchError(
                .invalid, "the query has \(request.query.utf8.count) bytes; at most \(Self.largestQuery) are allowed")
        }
        try check(request.facets)
        let pipeline = request.pipeline ?? standardPipeline
        try pipeline.validate()
        for stage in pipeline.stages where models.model(for: stage.method) == nil {
            let reason =
                stage.method == .crossEncoder
                ? "no cross-encoder is loaded; name one in models.cross_encoder"
                : "the index has no token data for it"
            throw SearchError(.unavailable, "the stage \(stage.method.rawValue) cannot run: \(reason)")
        }
    }

    private func check(_ facets: [FacetRequest]) throws {
        guard facets.count <= FacetRequest.mostFields, Set(facets.map(\.field)).count == facets.count else {
            throw SearchError(
                .invalid, "facets: at most \(FacetRequest.mostFields) fields can be counted, each named once")
        }
        for facet in facets where !(1...FacetRequest.mostValues).contains(facet.size) {
            throw SearchError(
                .invalid,
                "facets: \(facet.field.text.debugDescription) has size \(facet.size); it can be 1 to \(FacetRequest.mostValues)"
            )
        }
    }

    /// Refuses more at a time than one answer may hold. Throws `SearchError`.
    func check(batch requests: [SearchRequest]) throws {
        guard requests.count <= Self.largestBatch else {
            throw SearchError(
                .invalid, "there are \(requests.count) queries; at most \(Self.largestBatch) are answered at a time")
        }
        for request in requests { try check(request) }
        let hits = requests.reduce(0) { $0 + $1.k }
        guard requests.count <= 1 || hits <= Pipeline.largestKeep else {
            throw SearchError(
                .invalid, "the queries ask for \(hits) hits in all; at most \(Pipeline.largestKeep) are given at a time"
            )
        }
    }
}
