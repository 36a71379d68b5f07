import Corpus

/// The hits of a search, best first, and what they cost.
public struct SearchResponse: Sendable {
    public let pipeline: Pipeline
    public let hits: [Hit]
    /// Milliseconds by stage (`bm25`, `tildev2`, `colbert`, `cross-encoder`, `fetch`, `explain`) in the order they ran.
    public let milliseconds: [(stage: String, time: Double)]
    /// Milliseconds from first to last.
    public let total: Double
}

/// A passage found.
public struct Hit: Sendable {
    /// 1 for the best.
    public let rank: Int
    public let id: String
    /// Score of the last stage that ranked the passage.
    public let score: Double
    /// Stages that ranked the passage; a hit with fewer stands behind those with more, whatever its score.
    public let stages: Int
    /// Score by stage.
    public let scores: [String: Double]
    /// `nil` where it was not asked for.
    public let text: String?
    public let metadata: [String: JSONValue]
    /// The part of a long passage that won, `nil` where the passage is one window.
    public let span: Span?
    /// `nil` where it was not asked for.
    public let explanation: Explanation?

    /// Part of a passage's text.
    public struct Span: Sendable {
        /// Unicode code points from the text's start.
        public let start: Int
        public let end: Int
        public let text: String
    }
}

/// Why a hit has its scores.
public struct Explanation: Sendable {
    /// A query term's part in the BM25 score.
    public struct Term: Sendable {
        public let term: String
        /// Occurrences in the passage, and passages that have the term.
        public let count: Int
        public let passages: Int
        public let score: Double
    }

    /// A query piece's part in the TILDEv2 score.
    public struct PieceMatch: Sendable {
        public let piece: String
        /// Occurrences in the query.
        public let count: Int
        public let weight: Double
    }

    /// A query piece and the passage piece that it found nearest.
    public struct Alignment: Sendable {
        public let queryPiece: String
        public let passagePiece: String
        /// Position of the passage piece in its window, special pieces included.
        public let position: Int
        public let similarity: Double
    }

    public var bm25: [Term] = []
    public var tildev2: [PieceMatch] = []
    public var colbert: [Alignment] = []
}
