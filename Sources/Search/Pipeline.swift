import Ranking

/// Which methods rank a query, in what order, and how many passages each hands on.
///
/// Written `bm25:1000,tildev2:200,colbert:50`: BM25 finds 1000 candidates, TILDEv2 scores them and hands 200 to
/// ColBERT, which scores those and keeps 50. What a stage does not keep follows behind in the order that it had, so
/// that a longer list can be asked for. A stage may be followed by how its scores join those before it:
/// `colbert:50:interpolate:0.7` or `colbert:50:rrf`.
public struct Pipeline: Sendable, Hashable {
    /// Largest number of candidates, and so of hits.
    public static let largestKeep = 10_000

    public var candidates: Int
    public var bm25: BM25
    public var stages: [Stage]

    /// A method that ranks again what came before it.
    public struct Stage: Sendable, Hashable {
        public var method: Method
        public var keep: Int
        public var combination: Combination

        public init(_ method: Method, keep: Int, combination: Combination = .replace) {
            self.method = method
            self.keep = keep
            self.combination = combination
        }
    }

    public enum Method: String, Sendable, Hashable, CaseIterable {
        case tildev2
        case colbert
        /// Nearness to the best passages of the stages before, by ColBERT's vectors (`Feedback`).
        case feedback
        case crossEncoder = "cross-encoder"
    }

    public init(candidates: Int = 1000, bm25: BM25 = BM25(), stages: [Stage]) {
        self.candidates = candidates
        self.bm25 = bm25
        self.stages = stages
    }

    /// BM25 1000, TILDEv2 keeping 200, ColBERT keeping 50, then feedback, each with a share of what came before: exact
    /// words that the default model knows little of still count. docs/benchmarks.md has how the weights were chosen.
    public static let standard = Pipeline(
        stages: [
            Stage(.tildev2, keep: 200, combination: .interpolate(weight: 0.5)),
            Stage(.colbert, keep: 50, combination: .interpolate(weight: 0.85)),
            Stage(.feedback, keep: 50, combination: .interpolate(weight: 0.5)),
        ])

    /// Reads the written form. Throws `SearchError` that quotes the part it cannot read.
    public init(parsing text: String) throws {
        var parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }[...]
        func refuse(_ part: String, _ what: String) -> SearchError {
            SearchError(
                .invalid,
                "pipeline: \(part.debugDescription) \(what); a pipeline reads like bm25:1000,tildev2:200,colbert:50")
        }
        func keep(_ fields: [String], in part: String, default standard: Int) throws -> Int {
            guard fields.count > 1, !fields[1].isEmpty else { return standard }
            guard let count = Int(fields[1]) else { throw refuse(part, "has no number after its name") }
            return count
        }
        let first = parts.first?.split(separator: ":", omittingEmptySubsequences: false).map(String.init) ?? []
        var pipeline = Pipeline(stages: [])
        if let part = parts.first, first.first == "bm25" {
            pipeline.candidates = try keep(first, in: part, default: 1000)
            guard first.count <= 2 else { throw refuse(part, "has too many fields") }
            parts.removeFirst()
        } else if parts.first == "" {
            throw refuse(text, "is empty")
        }
        for part in parts {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard let method = Method(rawValue: fields[0]) else {
                let known = Method.allCases.map(\.rawValue).joined(separator: ", ")
                throw refuse(part, "is no stage; the stages are bm25 (first) and \(known)")
            }
            var stage = Stage(method, keep: try keep(fields, in: part, default: Self.standardKeep(method)))
            if fields.count > 2 {
                guard let combination = Combination(name: fields[2], weight: fields.count > 3 ? Double(fields[3]) : nil)
                else { throw refuse(part, "does not say replace, rrf or interpolate:WEIGHT with a weight from 0 to 1") }
                stage.combination = combination
            }
            guard fields.count <= 4 else { throw refuse(part, "has too many fields") }
            pipeline.stages.append(stage)
        }
        try pipeline.validate()
        self = pipeline
    }

    private static func standardKeep(_ method: Method) -> Int {
        switch method {
        case .tildev2: 200
        case .colbert, .feedback: 50
        case .crossEncoder: 20
        }
    }

    /// Refuses counts and parameters out of range. Throws `SearchError`.
    public func validate() throws {
        for (name, count) in [("bm25", candidates)] + stages.map({ ($0.method.rawValue, $0.keep) }) {
            guard (1...Self.largestKeep).contains(count) else {
                throw SearchError(.invalid, "pipeline: \(name) keeps \(count); it can keep 1 to \(Self.largestKeep)")
            }
        }
        guard stages.count <= 8 else {
            throw SearchError(.invalid, "pipeline: \(stages.count) stages; at most 8 are allowed")
        }
        for stage in stages {
            if case .interpolate(let weight) = stage.combination, !(0...1).contains(weight) {
                throw SearchError(
                    .invalid, "pipeline: \(stage.method.rawValue) has the weight \(weight); it can be 0 to 1")
            }
        }
        guard bm25.k1 >= 0, bm25.k1 <= 100, bm25.b >= 0, bm25.b <= 1 else {
            throw SearchError(.invalid, "pipeline: k1 is 0 to 100 and b is 0 to 1, not \(bm25.k1) and \(bm25.b)")
        }
    }

    /// Whether a method takes part.
    public func uses(_ method: Method) -> Bool { stages.contains { $0.method == method } }
}

extension Pipeline: CustomStringConvertible {
    public var description: String {
        (["bm25:\(candidates)"] + stages.map(\.description)).joined(separator: ",")
    }
}

extension Pipeline.Stage: CustomStringConvertible {
    public var description: String {
        switch combination {
        case .replace: "\(method.rawValue):\(keep)"
        case .reciprocalRank: "\(method.rawValue):\(keep):rrf"
        case .interpolate(let weight): "\(method.rawValue):\(keep):interpolate:\(weight)"
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
