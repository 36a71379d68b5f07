import BERT
import Foundation
import Testing

@Suite struct ModelInspectionTests {
    private func available(_ folder: ScratchFolder) -> [String] {
        ModelInspection(folder: folder.path).stages.filter(\.isAvailable).map(\.name)
    }

    @Test func saysWhichStagesAModelServes() throws {
        let encoder = try ModelBuilder.encoder(prefix: "bert.")
        let colbert = [ModelBuilder.tensor("linear.weight", [4, 2])]
        let tildev2 = [ModelBuilder.tensor("tok_proj.weight", [1, 2]), ModelBuilder.tensor("tok_proj.bias", [1])]
        let crossEncoder = [
            ModelBuilder.tensor("classifier.weight", [1, 2]), ModelBuilder.tensor("classifier.bias", [1]),
            ModelBuilder.tensor("bert.pooler.dense.weight", [2, 2]), ModelBuilder.tensor("bert.pooler.dense.bias", [2]),
        ]
        let expansion = [
            ModelBuilder.tensor("cls.predictions.transform.dense.weight", [2, 2]),
            ModelBuilder.tensor("cls.predictions.transform.dense.bias", [2]),
            ModelBuilder.tensor("cls.predictions.transform.LayerNorm.gamma", [2]),
            ModelBuilder.tensor("cls.predictions.transform.LayerNorm.beta", [2]),
            ModelBuilder.tensor("cls.predictions.bias", [5]),
        ]
        #expect(try available(ModelBuilder.folder(encoder)) == [])
        #expect(try available(ModelBuilder.folder(encoder + colbert)) == ["colbert"])
        #expect(try available(ModelBuilder.folder(encoder + tildev2)) == ["tildev2"])
        let oneLabel = ["id2label": #"{"0": "LABEL_0"}"#]
        #expect(try available(ModelBuilder.folder(encoder + crossEncoder, oneLabel)) == ["cross-encoder"])
        #expect(try available(ModelBuilder.folder(encoder + crossEncoder)) == [])
        #expect(try available(ModelBuilder.folder(encoder + expansion)) == ["expansion"])
    }

    @Test func namesWhatIsMissing() throws {
        var tensors = try ModelBuilder.encoder() + [ModelBuilder.tensor("linear.weight", [4, 3])]
        tensors.removeFirst()
        let folder = try ModelBuilder.folder(tensors)
        let inspection = ModelInspection(folder: folder.path)
        #expect(inspection.problems.count == 1)
        #expect(inspection.problems[0].contains("the encoder needs embeddings.word_embeddings.weight [5, 2]"))
        let colbert = try #require(inspection.stages.first { $0.name == "colbert" })
        #expect(colbert.missing == ["colbert.linear.weight [4, 2] (it has the shape [4, 3])"])
    }

    @Test func saysWhyAFolderCannotBeUsed() throws {
        let folder = try ModelBuilder.folder([], ["model_type": "\"t5\""])
        let inspection = ModelInspection(folder: folder.path)
        #expect(inspection.configuration == nil && inspection.stages.isEmpty)
        #expect(inspection.problems.count == 1 && inspection.problems[0].contains("\"t5\" is not supported"))
        #expect(inspection.description.contains("problem: "))
    }

    @Test func isTextAndJSON() throws {
        let folder = try ModelBuilder.folder(
            try ModelBuilder.encoder() + [ModelBuilder.tensor("linear.weight", [4, 2])])
        let inspection = ModelInspection(folder: folder.path)
        #expect(inspection.problems.isEmpty)
        #expect(inspection.elements == ["F32": inspection.parameters])
        let text = inspection.description
        #expect(text.contains("1 layers, 2 wide, 1 heads of 2, 3 between, gelu"))
        #expect(text.contains("colbert         yes"))
        #expect(text.contains("tildev2         no: needs tildev2.weight [2], tildev2.bias []"))
        let json = try #require(String(data: JSONEncoder().encode(inspection), encoding: .utf8))
        #expect(json.contains("\"available\":true") && json.contains("\"query_length\":8"))
    }

    @Test(.enabled(if: CheckpointFixtures.hasSharedModel("passerine-small/encoder"), "the shared models are not here"))
    func readsTheDefaultModel() throws {
        let inspection = ModelInspection(folder: CheckpointFixtures.sharedModel("passerine-small/encoder"))
        #expect(inspection.problems.isEmpty)
        #expect(inspection.stages.filter(\.isAvailable).map(\.name) == ["colbert", "tildev2"])
        #expect(inspection.parameters == 22_762_753)
        #expect(inspection.settings?.queryLength == 64)
        #expect(inspection.settings?.colbert.usableDimensions == [32, 64, 96, 128])
        #expect(inspection.settings?.tildev2.stopWords.count == 153)
    }

    @Test(.enabled(if: CheckpointFixtures.hasSharedModel("splade-tiny-msmarco"), "the shared models are not here"))
    func readsAMaskedLanguageModelOfTensorFlowsNames() throws {
        let inspection = ModelInspection(folder: CheckpointFixtures.sharedModel("splade-tiny-msmarco"))
        #expect(inspection.problems.isEmpty)
        #expect(inspection.stages.filter(\.isAvailable).map(\.name) == ["expansion"])
    }
}
