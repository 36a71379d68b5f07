import BERT
import Testing

@Suite struct TensorPickleTests {
    private func read(_ pickle: [UInt8]) throws -> [String: PickledTensor] {
        try pickle.withUnsafeBytes { try TensorPickle.tensors(of: $0, path: "model.bin") }
    }

    @Test(arguments: HostilePickle.calls + HostilePickle.objects) func refusesToRunAnything(hostile: HostilePickle) {
        let refusal = CheckpointFixtures.refusal { try read(hostile.pickle) }
        #expect(refusal.hasPrefix("model.bin: data.pkl, byte "))
        #expect(refusal.contains(hostile.words))
        #expect(refusal.contains("only tensors are read from such a file"))
    }

    @Test(arguments: HostilePickle.bombs + HostilePickle.unsound) func refusesInWords(hostile: HostilePickle) {
        let refusal = CheckpointFixtures.refusal { try read(hostile.pickle) }
        #expect(refusal.hasPrefix("model.bin: "))
        #expect(refusal.contains(hostile.words))
    }

    @Test func refusesEveryTruncation() throws {
        let storage = PickleBuilder.storage(count: 6)
        let sound = PickleBuilder.dictionary(
            "w", PickleBuilder.tensor(storage, offset: 1, shape: [2], strides: [3]))
        let tensor = try #require(try read(sound)["w"])
        #expect(tensor.storage.type == .f32 && tensor.storage.key == "0" && tensor.storage.count == 6)
        #expect(tensor.offset == 1 && tensor.shape == [2] && tensor.strides == [3])
        for length in 0..<sound.count {
            #expect(throws: CheckpointError.self) { try read(Array(sound[..<length])) }
        }
    }

    @Test func leavesPlainValuesOut() throws {
        #expect(try read(PickleBuilder.dictionary("epoch", PickleBuilder.integer(3))).isEmpty)
    }
}
