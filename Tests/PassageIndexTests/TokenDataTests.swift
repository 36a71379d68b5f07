import Corpus
import Foundation
import LinearAlgebra
import PassageIndex
import Ranking
import Testing

@Suite struct TokenDataTests {
    @Test(arguments: TokenCodec.allCases)
    func storedScoresAreThoseOfTheModel(codec: TokenCodec) throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        try IndexWriter.make(scratch.folder(), TestPassages.few, models: models, codec: codec)
        let reader = try IndexReader(scratch.folder(), models: models)
        let model = try #require(models.colbert)
        let colbert = try #require(model.colbert)
        let tilde = try #require(model.tilde)
        let query = "draw diagrams of a network"
        let vectors = try colbert.query(query, model: model)
        let asked = tilde.queryTerms(query, tokenizer: model.tokenizer)
        let encoder = try PassageEncoder(models: models)
        let numbers = Array(TestPassages.few.indices)
        let (late, terms) = try reader.withSnapshot {
            (try $0.lateInteractionScores(numbers, query: vectors), try $0.termScores(numbers, query: asked))
        }
        for (number, passage) in TestPassages.few.enumerated() {
            let data = try #require(try encoder.encode(encoder.windows(of: passage.text).windows).first)
            let exact = ColBERT.maxSim(query: vectors, passage: data.vectors)
            #expect(abs((late[number]?.score ?? .nan) - exact) < (codec == .int8 ? 0.05 : 0.005))
            let weight = TILDE.score(query: asked, terms: data.terms)
            #expect(abs((terms[number]?.score ?? .nan) - weight) < 0.01)
        }
        let best = late.indices.max { (late[$0]?.score ?? 0) < (late[$1]?.score ?? 0) }
        #expect(best == 0)
    }

    @Test func longPassagesScoreAsTheirBestWindow() throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        let filler = String(repeating: "The weather report speaks of rain and wind in the hills. ", count: 60)
        let needle = "Violins are tuned in perfect fifths."
        let passages = [Passage(id: "long", text: filler + needle + " " + filler), Passage(id: "short", text: "Rain.")]
        try IndexWriter.make(scratch.folder(), passages, models: models)
        let reader = try IndexReader(scratch.folder(), models: models)
        let model = try #require(models.colbert)
        let vectors = try #require(try model.colbert?.query("how are violins tuned", model: model))
        let (scores, spans) = try reader.withSnapshot {
            (try $0.lateInteractionScores([0, 1], query: vectors), try $0.spans(0))
        }
        #expect(spans.count > 4)
        let span = spans[try #require(scores[0]).window]
        let bytes = Array(passages[0].text.utf8)[span]
        #expect(String(decoding: bytes, as: UTF8.self).contains("perfect fifths"))
        // Windows cover the whole text and overlap.
        #expect(spans.first?.lowerBound == 0 && spans.last?.upperBound == passages[0].text.utf8.count)
        #expect(
            zip(spans, spans.dropFirst()).allSatisfy { $1.lowerBound < $0.upperBound && $1.lowerBound > $0.lowerBound })
        #expect(try IndexVerifier(scratch.folder()).run().problems == [])
    }

    @Test func otherModelsAreRefusedInWords() throws {
        let models = try TestModels.small.get()
        let scratch = try Scratch()
        try IndexWriter.make(scratch.folder(), TestPassages.few, models: models)
        let others = try TestModels.tiny.get()
        let error = #expect(throws: IndexError.self) { try IndexReader(scratch.folder(), models: others) }
        #expect(error?.kind == .mismatch)
        #expect(error?.description.contains("colbert") == true)
        let remedy = "passerine reindex --index \(try scratch.folder().name) --models"
        #expect(error?.description.contains(remedy) == true)
    }
}
