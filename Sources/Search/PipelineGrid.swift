import Ranking

/// Every combination of some pipeline parameters, for tuning.
public struct PipelineGrid: Sendable {
    public var k1: [Double]
    public var b: [Double]
    public var candidates: [Int]
    /// How many TILDEv2 and ColBERT keep; empty leaves the stage out.
    public var tildeKeeps: [Int]
    public var colbertKeeps: [Int]
    /// Weight of ColBERT's score against the one before; 1 replaces it.
    public var colbertWeights: [Double]

    public init(
        k1: [Double] = [0.6, 0.9, 1.2], b: [Double] = [0.3, 0.4, 0.75], candidates: [Int] = [1000],
        tildeKeeps: [Int] = [100, 200], colbertKeeps: [Int] = [50], colbertWeights: [Double] = [1, 0.8]
    ) {
        self.k1 = k1
        self.b = b
        self.candidates = candidates
        self.tildeKeeps = tildeKeeps
        self.colbertKeeps = colbertKeeps
        self.colbertWeights = colbertWeights
    }

    /// The pipelines, in the order of the lists. Throws `SearchError` for parameters out of range.
    public func pipelines() throws -> [Pipeline] {
        var pipelines: [Pipeline] = []
        for k1 in k1 {
            for b in b {
                for candidates in candidates {
                    for stages in stageLists() {
                        let pipeline = Pipeline(candidates: candidates, bm25: BM25(k1: k1, b: b), stages: stages)
                        try pipeline.validate()
                        pipelines.append(pipeline)
                    }
                }
            }
        }
        return pipelines
    }

    private func stageLists() -> [[Pipeline.Stage]] {
        let first: [[Pipeline.Stage]] =
            tildeKeeps.isEmpty ? [[]] : tildeKeeps.map { [Pipeline.Stage(.tildev2, keep: $0)] }
        guard !colbertKeeps.isEmpty else { return first }
        return first.flatMap { stages in
            colbertKeeps.flatMap { keep in
                colbertWeights.map { weight in
                    stages + [
                        Pipeline.Stage(
                            .colbert, keep: keep, combination: weight == 1 ? .replace : .interpolate(weight: weight))
                    ]
                }
            }
        }
    }
}
