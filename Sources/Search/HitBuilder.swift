import BERT
import LinearAlgebra
import PassageIndex
import Ranking

/// Makes hits of ranked candidates: ids, texts, winning spans, highlights and explanations.
struct HitBuilder {
    let engine: SearchEngine
    let snapshot: IndexSnapshot
    let request: SearchRequest
    let pipeline: Pipeline
    /// What the stage of late interaction made of the query; `nil` where it did not run.
    let queryVectors: Matrix?
    /// What the feedback stage asked with; empty where none ran.
    let feedback: [(number: Int, passage: Feedback.Passage)]
    /// Whether explanations have the numbers behind a picture of the late interaction.
    let givesPictures: Bool

    /// Passages that are read at a time: their texts are in memory before anybody has counted them.
    private static let passagesAtATime = 16

    /// Throws what `meter` throws where the hits come to be too many bytes, and `Cancellation.Cancelled`.
    func hits(_ candidates: ArraySlice<Candidate>, _ meter: AnswerMeter) throws -> [Hit] {
        let candidates = Array(candidates)
        let needsTexts = request.includesText || request.explains || request.highlights
        let highlighter = request.highlights ? try snapshot.highlighter(request.query) : nil
        let explainer = request.explains ? try Explainer(self) : nil
        var hits: [Hit] = []
        for first in stride(from: 0, to: candidates.count, by: Self.passagesAtATime) {
            let part = first..<min(first + Self.passagesAtATime, candidates.count)
            let numbers = candidates[part].map(\.number)
            let passages = needsTexts ? try snapshot.passages(numbers) : [:]
            let ids = needsTexts ? [:] : try snapshot.ids(numbers)
            for position in part {
                try meter.budget.cancellation.check()
                let candidate = candidates[position]
                let passage = passages[candidate.number]
                guard let id = passage?.id ?? ids[candidate.number] else { continue }
                let hit = try hit(candidate, at: position, id: id, passage, highlighter, explainer)
                try meter.add(written: hit.writtenBytes, memory: hit.metadataBytes)
                hits.append(hit)
            }
        }
        return hits
    }

    private func hit(
        _ candidate: Candidate, at position: Int, id: String, _ passage: StoredPassage?,
        _ highlighter: TermHighlighter?, _ explainer: Explainer?
    ) throws -> Hit {
        Hit(
            rank: request.offset + position + 1, id: id, score: candidate.score, stages: candidate.stages,
            scores: Dictionary(candidate.scores, uniquingKeysWith: { $1 }),
            text: request.includesText ? passage?.text : nil,
            highlights: try passage.flatMap { try highlighter?.spans(in: $0.text) },
            metadata: passage?.metadata ?? [:],
            span: try passage.flatMap { try span(of: candidate, in: $0) },
            explanation: try passage.flatMap {
                try explainer?.explain(
                    candidate, $0, withPicture: givesPictures && position < Explainer.mostPictures)
            })
    }

    /// The winning window of a passage that has several and whose windows were compared.
    private func span(of candidate: Candidate, in passage: StoredPassage) throws -> Hit.Span? {
        guard let bytes = try candidate.winningSpan(in: snapshot) else { return nil }
        let points = CodePointOffsets(passage.text, [bytes])[bytes]
        return Hit.Span(start: points.lowerBound, end: points.upperBound, text: passage.text.part(bytes))
    }
}
