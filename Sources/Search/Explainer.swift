import BERT
import JSON
import LinearAlgebra
import PassageIndex
import Ranking

/// Says why hits have their scores.
struct Explainer {
    /// Hits of a response whose late interaction is given in full.
    static let mostPictures = 50

    private let builder: HitBuilder
    private let tilde: Exact?
    private let colbert: Late?
    /// Ids of the passages that fed back.
    private let feedbackIDs: [Int: String]

    /// What TILDEv2 needs of the query.
    private struct Exact {
        let model: RankingModel
        /// By piece: how often it stands in the query, and how much is asked for it.
        let counts: [Int32: Int]
        let asked: [Int32: Double]
    }

    /// What late interaction needs of the query.
    private struct Late {
        let model: RankingModel
        let colbert: ColBERT
        let encoder: PassageEncoder
        let pieces: [Int32]
        let vectors: Matrix
        /// How much each piece counts: the lengths of the vectors.
        let weights: [Float]
    }

    init(_ builder: HitBuilder) throws {
        self.builder = builder
        feedbackIDs = try builder.snapshot.ids(builder.feedback.map(\.number))
        let query = builder.request.query
        if builder.pipeline.uses(.tildev2), let model = builder.engine.models.tilde, let tilde = model.tilde {
            let pieces = tilde.queryPieces(query, tokenizer: model.tokenizer)
            let terms = tilde.queryTerms(query, tokenizer: model.tokenizer)
            self.tilde = Exact(
                model: model, counts: pieces.reduce(into: [:]) { $0[$1, default: 0] += 1 },
                asked: terms.reduce(into: [:]) { $0[$1.piece] = Double($1.weight) })
        } else {
            tilde = nil
        }
        guard let vectors = builder.queryVectors, let model = builder.engine.models.colbert,
            let colbert = model.colbert, let encoder = builder.engine.encoder,
            case let pieces = colbert.querySequence(query, tokenizer: model.tokenizer).pieces,
            // A row for each of this query's pieces, or they are another's.
            pieces.count == vectors.rows
        else {
            self.colbert = nil
            return
        }
        self.colbert = Late(
            model: model, colbert: colbert, encoder: encoder, pieces: pieces, vectors: vectors,
            weights: vectors.rowLengths)
    }

    /// - Parameter withPicture: whether every piece is given against every other, and all weights.
    func explain(_ candidate: Candidate, _ passage: StoredPassage, withPicture: Bool) throws -> Explanation {
        var explanation = Explanation()
        explanation.bm25 = try builder.snapshot.explainTerms(
            builder.request.query, passage: candidate.number, bm25: builder.pipeline.bm25
        ).map { Explanation.Term(term: $0.term, count: $0.count, passages: $0.passages, score: $0.score) }
        if let tilde { try explainTerms(candidate, passage, tilde, withPicture, in: &explanation) }
        if let colbert, let interaction = try interaction(candidate, passage, colbert) {
            explanation.colbert = alignments(interaction)
            if withPicture { explanation.interaction = interaction }
        }
        if candidate.scores.contains(where: { $0.stage == Pipeline.Method.feedback.rawValue }) {
            explanation.feedback = try feedback(candidate)
        }
        explanation.crossEncoder = candidate.scores.last { $0.stage == Pipeline.Method.crossEncoder.rawValue }?.score
        return explanation
    }

    private func explainTerms(
        _ candidate: Candidate, _ passage: StoredPassage, _ exact: Exact, _ withPicture: Bool,
        in explanation: inout Explanation
    ) throws {
        let model = exact.model
        let terms = try builder.snapshot.terms(candidate.number, window: candidate.shownWindow)
        let own = Set(model.tokenizer.encode(passage.text, limit: .max))
        func piece(_ term: TILDE.Term) -> String { model.tokenizer.vocabulary.piece(term.piece) ?? "" }
        explanation.tildev2 = terms.compactMap { term in
            exact.asked[term.piece].map {
                Explanation.PieceMatch(
                    piece: piece(term), count: exact.counts[term.piece] ?? 0, queryWeight: $0,
                    weight: Double(term.weight),
                    isAdded: !own.contains(term.piece))
            }
        }.sorted { ($1.score, CodePoints($0.piece)) < ($0.score, CodePoints($1.piece)) }
        guard withPicture else { return }
        explanation.termWeights = terms.sorted { $0.weight != $1.weight ? $0.weight > $1.weight : $0.piece < $1.piece }
            .map {
                Explanation.TermWeight(
                    piece: piece($0), weight: Double($0.weight), isAdded: !own.contains($0.piece))
            }
    }

    /// How near a hit is to each passage that fed back, by the hit's window that is nearest to all of them.
    private func feedback(_ candidate: Candidate) throws -> [Explanation.Feedback] {
        let windows = try builder.snapshot.spans(candidate.number).indices.compactMap {
            try builder.snapshot.vectors(candidate.number, window: $0)
        }
        let parts = windows.map { stored in
            builder.feedback.map { number, passage in
                Explanation.Feedback(
                    id: feedbackIDs[number] ?? "", weight: passage.weight, similarity: passage.similarity(to: stored))
            }
        }
        return parts.max { one, other in
            one.reduce(0) { $0 + $1.score } < other.reduce(0) { $0 + $1.score }
        } ?? []
    }

    /// Each query piece with the passage piece that it found nearest.
    private func alignments(_ interaction: Explanation.Interaction) -> [Explanation.Alignment] {
        zip(interaction.queryPieces.indices, interaction.similarities).compactMap { row, similarities in
            guard let best = similarities.indices.max(by: { similarities[$0] < similarities[$1] }) else { return nil }
            let found = interaction.passagePieces[best]
            return Explanation.Alignment(
                queryPiece: interaction.queryPieces[row], queryWeight: interaction.queryWeights[row],
                passagePiece: found.piece, position: found.position, similarity: similarities[best])
        }
    }

    /// Similarities of all pieces of the query and the winning window; `nil` where the window's pieces are not those
    /// that were stored.
    private func interaction(
        _ candidate: Candidate, _ passage: StoredPassage, _ late: Late
    ) throws -> Explanation.Interaction? {
        let snapshot = builder.snapshot
        guard let stored = try snapshot.vectors(candidate.number, window: candidate.shownWindow) else { return nil }
        let windows = late.encoder.windows(
            of: passage.text, splits: snapshot.settings.splitsPassages, most: candidate.shownWindow + 1
        ).windows
        guard candidate.shownWindow < windows.count else { return nil }
        let window = windows[candidate.shownWindow]
        let sequence = late.colbert.passageSequence(window.pieces)
        let kept = late.colbert.keptPositions(sequence)
        guard kept.count == stored.rows else { return nil }
        let ranges = ranges(of: window, number: candidate.shownWindow, in: passage.text, late)
        // The special pieces of a sequence stand before its text, but for one at the end.
        let leading = sequence.count - 1 - window.pieces.count
        let vocabulary = late.model.tokenizer.vocabulary
        let similarities = Matrix(rows: late.vectors.rows, columns: stored.rows)
        BLAS.multiply(
            BLAS.View(late.vectors), BLAS.View(stored), transposed: true, into: BLAS.View(similarities))
        return Explanation.Interaction(
            queryPieces: late.pieces.map { vocabulary.piece($0) ?? "" },
            queryWeights: late.weights.map(Double.init),
            passagePieces: kept.map { position in
                let place = position - leading
                return Explanation.PassagePiece(
                    piece: vocabulary.piece(sequence.pieces[position]) ?? "", position: position,
                    range: ranges.indices.contains(place) ? ranges[place] : nil)
            },
            similarities: zip(0..<similarities.rows, late.weights).map { row, weight in
                similarities.row(row).map { weight > 0 ? Double($0 / weight) : 0 }
            })
    }

    /// Where the pieces of a window stand in the passage's text, in code points.
    private func ranges(
        of window: PassageEncoder.Window, number: Int, in text: String, _ late: Late
    ) -> [Range<Int>] {
        // Windows overlap, so each begins so many pieces after the one before.
        let first = number * (late.encoder.capacity - late.encoder.overlap)
        let all = late.model.tokenizer.encodeWithOffsets(text, limit: first + window.pieces.count).ranges
        let bytes = Array(all.dropFirst(first).prefix(window.pieces.count))
        let points = CodePointOffsets(text, bytes)
        return bytes.map { points[$0] }
    }
}
