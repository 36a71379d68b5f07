import Corpus
import JSON

/// The hits of a search, best first, and what they cost.
public struct SearchResponse: Sendable {
    public let pipeline: Pipeline
    public let hits: [Hit]
    /// `nil` where none were asked for.
    public let facets: [FacetCounts]?
    /// Milliseconds by stage (`filter`, `bm25`, `tildev2`, `colbert`, `feedback`, `cross-encoder`, `facets`, `fetch`) in the order they ran.
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
    /// Where terms of the query stand in the text, in Unicode code points; `nil` where it was not asked for.
    public let highlights: [Range<Int>]?
    public let metadata: [CodePoints: JSONValue]
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

    /// The part in the TILDEv2 score of a piece that the query asks for.
    public struct PieceMatch: Sendable {
        public let piece: String
        /// Occurrences in the query, 0 for a piece that its pieces ask for besides.
        public let count: Int
        /// How much the query asks for it: `count` where the model has no table of that.
        public let queryWeight: Double
        /// In the passage.
        public let weight: Double
        /// Whether the passage's text lacks the piece and the model added it.
        public let isAdded: Bool

        public var score: Double { queryWeight * weight }
    }

    /// A query piece and the passage piece that it found nearest.
    public struct Alignment: Sendable {
        public let queryPiece: String
        /// How much the query piece counts: what it gives to the score is this times the similarity.
        public let queryWeight: Double
        public let passagePiece: String
        /// Position of the passage piece in its window, special pieces included.
        public let position: Int
        /// Cosine, -1 to 1.
        public let similarity: Double

        public var score: Double { queryWeight * similarity }
    }

    /// How near the hit is to a passage that a feedback stage compares with.
    public struct Feedback: Sendable {
        public let id: String
        /// Its part in the stage's score: what it gives is this times the similarity.
        public let weight: Double
        /// Mean over the passage's vectors of the cosine with the hit's nearest.
        public let similarity: Double

        public var score: Double { weight * similarity }
    }

    /// Every query piece against every passage piece that has a vector.
    public struct Interaction: Sendable {
        public let queryPieces: [String]
        /// By query piece: how much it counts.
        public let queryWeights: [Double]
        public let passagePieces: [PassagePiece]
        /// A row a query piece, a column a passage piece.
        public let similarities: [[Double]]
    }

    /// A piece of the winning window.
    public struct PassagePiece: Sendable {
        public let piece: String
        /// Position in the window, special pieces included.
        public let position: Int
        /// Unicode code points of the passage's text; `nil` for special pieces.
        public let range: Range<Int>?
    }

    /// TILDEv2's weight of a piece of the winning window.
    public struct TermWeight: Sendable {
        public let piece: String
        public let weight: Double
        /// Whether the passage's text lacks the piece and the model added it.
        public let isAdded: Bool
    }

    public var bm25: [Term] = []
    /// The largest part first.
    public var tildev2: [PieceMatch] = []
    public var colbert: [Alignment] = []
    /// The best passages before the feedback stage, best first; empty where it did not rank the hit.
    public var feedback: [Feedback] = []
    /// The raw logit, where a cross-encoder ranked the hit.
    public var crossEncoder: Double?
    /// `nil` in batches, behind the first `Explainer.mostPictures` hits, and without a ColBERT stage.
    public var interaction: Interaction?
    /// Heaviest first; `nil` where `interaction` would be, and without a TILDEv2 stage.
    public var termWeights: [TermWeight]?
}
