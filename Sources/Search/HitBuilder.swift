import BERT
import LinearAlgebra
import PassageIndex
import Ranking

/// Makes hits of ranked candidates: ids, texts, winning spans and explanations.
struct HitBuilder {
    let engine: SearchEngine
    let snapshot: IndexSnapshot
    let request: SearchRequest
    let pipeline: Pipeline

    func hits(_ candidates: ArraySlice<Candidate>) throws -> [Hit] {
        let numbers = candidates.map(\.number)
        let needsTexts = request.includesText || request.explains
        let passages = needsTexts ? try snapshot.passages(numbers) : [:]
        let ids = needsTexts ? [:] : try snapshot.ids(numbers)
        return try candidates.enumerated().compactMap { position, candidate in
            let passage = passages[candidate.number]
            guard let id = passage?.id ?? ids[candidate.number] else { return nil }
            return Hit(
                rank: position + 1, id: id, score: candidate.score, stages: candidate.stages,
                scores: Dictionary(candidate.scores, uniquingKeysWith: { $1 }),
                text: request.includesText ? passage?.text : nil, metadata: passage?.metadata ?? [:],
                span: try passage.flatMap { try span(of: candidate, in: $0) },
                explanation: request.explains ? try passage.map { try explain(candidate, $0) } : nil)
        }
    }

    /// The winning window of a passage that has several and whose windows were compared.
    private func span(of candidate: Candidate, in passage: StoredPassage) throws -> Hit.Span? {
        guard candidate.stages > 1 else { return nil }
        let spans = try snapshot.spans(candidate.number)
        guard spans.count > 1, candidate.window < spans.count else { return nil }
        let bytes = spans[candidate.window]
        let start = passage.text.part(0..<bytes.lowerBound).unicodeScalars.count
        let text = passage.text.part(bytes)
        return Hit.Span(start: start, end: start + text.unicodeScalars.count, text: text)
    }

    private func explain(_ candidate: Candidate, _ passage: StoredPassage) throws -> Explanation {
        var explanation = Explanation()
        explanation.bm25 = try snapshot.explainTerms(request.query, passage: candidate.number, bm25: pipeline.bm25).map
        {
            Explanation.Term(term: $0.term, count: $0.count, passages: $0.passages, score: $0.score)
        }
        if pipeline.uses(.tildev2) { explanation.tildev2 = try pieceMatches(candidate) }
        if pipeline.uses(.colbert) { explanation.colbert = try alignments(candidate, passage) }
        return explanation
    }

    private func pieceMatches(_ candidate: Candidate) throws -> [Explanation.PieceMatch] {
        guard let model = engine.models.tilde, let tilde = model.tilde else { return [] }
        let pieces = tilde.queryPieces(request.query, tokenizer: model.tokenizer)
        let counts = pieces.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        return try snapshot.terms(candidate.number, window: candidate.window).compactMap { term in
            guard let count = counts[term.piece] else { return nil }
            return Explanation.PieceMatch(
                piece: model.tokenizer.vocabulary.piece(term.piece) ?? "", count: count, weight: Double(term.weight))
        }
    }

    private func alignments(_ candidate: Candidate, _ passage: StoredPassage) throws -> [Explanation.Alignment] {
        guard let model = engine.models.colbert, let colbert = model.colbert, let encoder = engine.encoder,
            let stored = try snapshot.vectors(candidate.number, window: candidate.window)
        else { return [] }
        let windows = encoder.windows(of: passage.text, splits: snapshot.settings.splitsPassages).windows
        guard candidate.window < windows.count else { return [] }
        let sequence = colbert.passageSequence(windows[candidate.window].pieces)
        let kept = colbert.keptPositions(sequence)
        guard kept.count == stored.rows else { return [] }
        let vocabulary = model.tokenizer.vocabulary
        let query = colbert.querySequence(request.query, tokenizer: model.tokenizer)
        let vectors = try colbert.query(request.query, model: model, dimension: snapshot.settings.dimension)
        return query.pieces.indices.compactMap { row in
            let similarities = (0..<stored.rows).map { other in
                zip(vectors.row(row), stored.row(other)).reduce(0) { $0 + $1.0 * $1.1 }
            }
            guard let best = similarities.indices.max(by: { similarities[$0] < similarities[$1] }) else { return nil }
            return Explanation.Alignment(
                queryPiece: vocabulary.piece(query.pieces[row]) ?? "",
                passagePiece: vocabulary.piece(sequence.pieces[kept[best]]) ?? "", position: kept[best],
                similarity: Double(similarities[best]))
        }
    }
}
