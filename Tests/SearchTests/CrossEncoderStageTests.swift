import Corpus
import Foundation
import Ranking
import Search
import Testing

/// What a cross-encoder reads of a passage of several windows, in an index's pipeline and without an index.
@Suite struct CrossEncoderStageTests {
    private static let query = "violin out of tune"
    private static let text =
        (0..<60).map { "File \($0) is compressed with Lempel-Ziv coding." }.joined(separator: " ")
        + " The tuner tells how far a string of a violin or guitar is out of tune."

    private func models() throws -> ModelSet {
        let shipped = try ShippedModel.models.get()
        let cross = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("RankingTests/Fixtures/cross-1").path
        return ModelSet(
            colbert: shipped.colbert, tilde: shipped.tilde, crossEncoder: try RankingModel(folder: cross))
    }

    /// Scores of the whole text and of the window that the stage before it chose.
    private func expected(_ models: ModelSet) throws -> (whole: Double, window: Double) {
        let encoder = try PassageEncoder(models: models)
        let windows = encoder.windows(of: Self.text).windows
        let last = try #require(windows.last)
        try #require(windows.count > 1)
        let bytes = Array(Self.text.utf8)[last.span]
        let model = try #require(models.crossEncoder)
        let scores = try #require(model.crossEncoder).scores(
            query: Self.query, passages: [Self.text, String(decoding: bytes, as: UTF8.self)], model: model)
        return (Double(scores[0]), Double(scores[1]))
    }

    @Test(arguments: ["cross-encoder", "colbert,cross-encoder", "colbert,feedback,cross-encoder"])
    func readsTheWindowThatWonOrAllOfThePassage(stages: String) throws {
        let models = try models()
        let scores = try expected(models)
        #expect(abs(scores.whole - scores.window) > 1e-3)
        let wanted = stages.hasPrefix("colbert") ? scores.window : scores.whole

        let pipeline = try Pipeline(parsing: "bm25," + stages)
        let reranker = try Reranker(models: models)
        let ranked = try reranker.rank(
            query: Self.query, passages: try reranker.encode([Self.text]), scores: [0], stages: pipeline.stages)
        #expect(try abs(#require(ranked.first).score - wanted) < 1e-3)

        try FreshIndex.withEngine([Passage(id: "long", text: Self.text)], models: models) { engine in
            let response = try engine.search(SearchRequest(Self.query, pipeline: pipeline))
            let hit = try #require(response.hits.first)
            #expect(try abs(#require(hit.scores["cross-encoder"]) - wanted) < 1e-3)
            // A window is named where one has won over others.
            #expect((hit.span != nil) == stages.hasPrefix("colbert"))
        }
    }
}
