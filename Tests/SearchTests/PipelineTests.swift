import Ranking
import Search
import Testing

@Suite struct PipelineTests {
    @Test func writtenFormsAreReadAndWritten() throws {
        for text in [
            "bm25:1000,tildev2:200,colbert:50", "bm25:100", "bm25:10,cross-encoder:5:interpolate:0.25",
            "bm25:1000,colbert:1000:rrf", "bm25:1000,colbert:50,feedback:20:interpolate:0.5",
        ] {
            #expect(try Pipeline(parsing: text).description == text)
        }
        #expect(try Pipeline(parsing: " bm25 , colbert ").description == "bm25:1000,colbert:50")
        #expect(try Pipeline(parsing: "tildev2:50,colbert").stages.map(\.keep) == [50, 50])
    }

    @Test(arguments: [
        "", "bm26:10", "bm25:0", "bm25:-1", "bm25:10001", "bm25:ten", "bm25:10,colbert:50:sum",
        "bm25:10,colbert:50:interpolate", "bm25:10,colbert:50:interpolate:2", "bm25:10,,colbert", "colbert,bm25:10",
        "bm25:10:rrf", "bm25:10,colbert:5:rrf:0.5:1",
    ])
    func wrongFormsAreRefusedInWords(text: String) {
        let error = #expect(throws: SearchError.self) { try Pipeline(parsing: text) }
        #expect(error?.kind == .invalid)
        #expect(error?.description.isEmpty == false)
    }

    @Test func parametersOutOfRangeAreRefused() {
        for bm25 in [BM25(k1: -1), BM25(b: 1.5), BM25(k1: .nan), BM25(b: .nan), BM25(k1: .infinity)] {
            #expect(throws: SearchError.self) { try Pipeline(bm25: bm25, stages: []).validate() }
        }
        for weight in [-0.1, 1.5, .nan] {
            let stage = Pipeline.Stage(.colbert, keep: 5, combination: .interpolate(weight: weight))
            #expect(throws: SearchError.self) { try Pipeline(stages: [stage]).validate() }
            #expect(throws: SearchError.self) { try PipelineGrid(feedbackWeights: [weight]).pipelines() }
        }
    }

    @Test func aGridHasTheDefaultPipelineAndLeavesStagesOut() throws {
        #expect(try PipelineGrid().pipelines().contains(.standard))
        #expect(try PipelineGrid().pipelines().count == 72)
        let lexical = try PipelineGrid(k1: [1], b: [0.5], tildeKeeps: [], colbertKeeps: []).pipelines()
        #expect(lexical.map(\.description) == ["bm25:1000"])
        let late = try PipelineGrid(
            k1: [1], b: [0.5], tildeKeeps: [], colbertWeights: [1], feedbackWeights: [0, 0.5]
        ).pipelines()
        #expect(
            late.map(\.description) == ["bm25:1000,colbert:50", "bm25:1000,colbert:50,feedback:50:interpolate:0.5"])
    }
}
