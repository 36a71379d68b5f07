import Ranking

/// Every combination of some pipeline parameters, for tuning.
public struct PipelineGrid: Sendable {
    public var k1: [Double]
    public var b: [Double]
    public var candidates: [Int]
    /// How many TILDEv2 and ColBERT keep; empty leaves the stage out.
    public var tildeKeeps: [Int]
    public var colbertKeeps: [Int]
    /// Weights of TILDEv2's and ColBERT's scores against those before; 1 replaces them.
    public var tildeWeights: [Double]
    public var colbertWeights: [Double]
    /// Weights of feedback against ColBERT; 0 leaves the stage out.
    public var feedbackWeights: [Double]

    public init(
        k1: [Double] = [0.6, 0.9, 1.2], b: [Double] = [0.3, 0.4, 0.75], candidates: [Int] = [1000],
        tildeKeeps: [Int] = [200], colbertKeeps: [Int] = [50], tildeWeights: [Double] = [1, 0.5],
        colbertWeights: [Double] = [1, 0.85], feedbackWeights: [Double] = [0, 0.5]
    ) {
        self.k1 = k1
        self.b = b
        self.candidates = candidates
        self.tildeKeeps = tildeKeeps
        self.colbertKeeps = colbertKeeps
        self.tildeWeights = tildeWeights
        self.colbertWeights = colbertWeights
        self.feedbackWeights = feedbackWeights
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
        let tilde = Self.stages(.tildev2, keeps: tildeKeeps, weights: tildeWeights)
        let late = colbertKeeps.flatMap { keep in
            Self.stages(.colbert, keeps: [keep], weights: colbertWeights).flatMap { stages in
                feedbackWeights.map { weight in
                    weight == 0 ? stages : stages + [Self.stage(.feedback, keep: keep, weight: weight)]
                }
            }
        }
        return tilde.flatMap { first in late.isEmpty ? [first] : late.map { first + $0 } }
    }

    /// A method's stage with each number and weight; no stage where there are no numbers.
    private static func stages(_ method: Pipeline.Method, keeps: [Int], weights: [Double]) -> [[Pipeline.Stage]] {
        keeps.isEmpty ? [[]] : keeps.flatMap { keep in weights.map { [stage(method, keep: keep, weight: $0)] } }
    }

    private static func stage(_ method: Pipeline.Method, keep: Int, weight: Double) -> Pipeline.Stage {
        Pipeline.Stage(method, keep: keep, combination: weight == 1 ? .replace : .interpolate(weight: weight))
    }
}
