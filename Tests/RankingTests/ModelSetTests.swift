import BERT
import Ranking
import Testing

@Suite struct ModelSetTests {
    @Test func oneFolderIsLoadedOnce() throws {
        let folder = RankingFixtures.path("one-pass")
        let models = try ModelSet(colbertFolder: folder, tildeFolder: folder)
        #expect(models.colbert != nil && models.colbert === models.tilde)
        #expect(models.crossEncoder == nil && models.encodesPassages)
        #expect(try ModelSet(crossEncoderFolder: RankingFixtures.path("cross-1")).encodesPassages == false)
    }

    @Test(arguments: ["tilde", "colbert-ai", "one-pass"])
    func aFolderWithoutTheHeadIsRefusedInWords(_ folder: String) throws {
        let path = RankingFixtures.path(folder)
        #expect {
            switch folder {
            case "tilde": try ModelSet(colbertFolder: path)
            case "colbert-ai": try ModelSet(tildeFolder: path)
            default: try ModelSet(crossEncoderFolder: path)
            }
        } throws: { error in
            error is RankingError && "\(error)".contains(path)
        }
    }

    @Test func aFolderThatIsNotThereIsAnError() {
        #expect(throws: CheckpointError.self) { try RankingModel(folder: RankingFixtures.path("absent")) }
    }

    @Test func fingerprintsTellModelsApart() throws {
        let names = ["one-pass", "colbert-ai", "tilde", "cross-1", "cross-2"]
        let fingerprints = try names.map { try RankingFixtures.model($0).fingerprint }
        #expect(Set(fingerprints).count == names.count)
        #expect(fingerprints.allSatisfy { $0.count == 64 })
        #expect(try RankingFixtures.model("one-pass").fingerprint == fingerprints[0])
    }
}
