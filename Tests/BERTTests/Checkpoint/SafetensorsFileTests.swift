import BERT
import Foundation
import Testing

@Suite struct SafetensorsFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(path: try folder.write("model.safetensors", bytes))
    }

    @Test func readsWhatASoundFileHolds() throws {
        let header = """
            {"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[2,3],"data_offsets":[0,6]},\
            "none":{"dtype":"F32","shape":[0,7],"data_offsets":[6,6]},"s":{"dtype":"I16","shape":[],"data_offsets":[6,8]}}
            """
        let file = try open(SafetensorsBuilder.file(header: header, dataLength: 8))
        #expect(file.metadata == ["format": "pt"])
        #expect(file.tensors.keys.sorted() == ["a", "none", "s"])
        #expect(file.tensors["a"]?.shape == [2, 3])
        #expect(file.tensors["s"]?.elementCount == 1)
        #expect(try file.withBytes(of: "s") { Array($0) } == [6, 7])
        #expect(try file.floats("none") == [])
        #expect(CheckpointFixtures.refusal { try file.floats("b") }.contains("tensor \"b\": the file has no tensor"))
    }

    @Test func readsFloatsAtAnyAlignment() throws {
        for padding in 0..<4 {
            let file = try open(SafetensorsBuilder.floats([("a", [3], [1, -2.5, 3])], padding: padding))
            #expect(try file.floats("a") == [1, -2.5, 3])
        }
    }

    struct Malformed: CustomTestStringConvertible {
        let header: String
        let dataLength: Int
        let words: String
        var testDescription: String { words }
    }

    private static func one(_ entry: String, data: Int = 4, _ words: String) -> Malformed {
        Malformed(header: "{\"a\":\(entry)}", dataLength: data, words: words)
    }

    static let malformed = [
        Malformed(header: "not json", dataLength: 0, words: "byte 8: this is no JSON"),
        Malformed(header: "", dataLength: 0, words: "this is no JSON"),
        Malformed(header: "[]", dataLength: 0, words: "should begin with a JSON object"),
        Malformed(header: "{}", dataLength: 3, words: "3 bytes at its end belong to no tensor"),
        Malformed(header: "{} {}", dataLength: 0, words: "something follows the value"),
        Malformed(header: #"{"__metadata__":{"a":1}}"#, dataLength: 0, words: "should hold strings only"),
        Malformed(
            header:
                #"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#,
            dataLength: 1, words: "the key \"a\" stands twice"),
        Malformed(
            header:
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
            dataLength: 6, words: "tensor \"b\": overlaps the tensor before it"),
        Malformed(
            header:
                #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[6,10]}}"#,
            dataLength: 10, words: "tensor \"b\": 2 bytes before it belong to no tensor"),
        one("7", "tensor \"a\": the header's entry is no object"),
        one(#"{"dtype":"F32","shape":[1]}"#, "tensor \"a\": its data_offsets should be"),
        one(#"{"dtype":"F31","shape":[1],"data_offsets":[0,4]}"#, "its element type is not known"),
        one(#"{"dtype":7,"shape":[1],"data_offsets":[0,4]}"#, "its element type is not known"),
        one(
            #"{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#, "its shape should be an array of integers from 0 up"),
        one(#"{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}"#, "its shape should be"),
        one(#"{"dtype":"F32","shape":"1","data_offsets":[0,4]}"#, "its shape should be"),
        one(
            #"{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}"#,
            "more elements than can be counted"),
        one(
            #"{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,4]}"#, "more elements than can be counted"),
        one(
            #"{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}"#,
            "it has 17 dimensions, more than the 16 allowed"),
        one(#"{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}"#, "its shape should be"),
        one(#"{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}"#, "its data_offsets should be"),
        one(#"{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#, "its data_offsets should be"),
        one(#"{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}"#, "its data_offsets should be"),
        one(#"{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}"#, "its data_offsets should be"),
        one(#"{"dtype":"F32","shape":[2],"data_offsets":[0,4]}"#, "needs 8 bytes, but its data_offsets span 4"),
        one(#"{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, "ends at byte 8 of the data, of which there are 4"),
        one(#"{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#, data: 8, "4 bytes before it belong to no tensor"),
    ]

    @Test(arguments: malformed)
    func refusesInWords(malformed: Malformed) {
        let refusal = CheckpointFixtures.refusal {
            try open(SafetensorsBuilder.file(header: malformed.header, dataLength: malformed.dataLength))
        }
        #expect(refusal.contains("model.safetensors: "))
        #expect(refusal.contains(malformed.words))
    }

    @Test func refusesAHeaderOfTenGigabytes() {
        let refusal = CheckpointFixtures.refusal {
            try open(SafetensorsBuilder.littleEndian(UInt64(10_000_000_000)) + Array("{}".utf8))
        }
        #expect(refusal.contains("header has 10000000000 bytes, more than the 100000000 allowed"))
        #expect(CheckpointFixtures.refusal { try open([UInt8](repeating: 255, count: 16)) }.contains("allowed"))
    }

    @Test func refusesEveryTruncation() throws {
        let sound = SafetensorsBuilder.floats([("a", [2], [1, 2]), ("b", [1, 3], [3, 4, 5])])
        _ = try open(sound)
        for length in 0..<sound.count {
            #expect(throws: CheckpointError.self) { try open(Array(sound[..<length])) }
        }
    }

    @Test func refusesWhatIsNoFileOfWeights() throws {
        #expect(CheckpointFixtures.refusal { try SafetensorsFile(path: folder.path) }.contains("is no regular file"))
        #expect(
            CheckpointFixtures.refusal { try SafetensorsFile(path: folder.path + "/absent") }
                .contains("absent: cannot be opened: No such file"))
        #expect(
            CheckpointFixtures.refusal {
                try open(Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8))
            }.contains("git lfs pull"))
    }

    @Test func aNameFromAFileCannotForgeALine() throws {
        let refusal = CheckpointFixtures.refusal {
            try open(SafetensorsBuilder.file(header: #"{"a\nERROR \u001b[31m":{"dtype":"X"}}"#, dataLength: 0))
        }
        #expect(!refusal.contains("\n") && !refusal.contains("\u{1B}"))
    }

    @Test func changedBytesNeverReachOutsideTheFile() throws {
        var generator = SeededGenerator(seed: 12)
        let sound = try [UInt8](Data(contentsOf: URL(fileURLWithPath: CheckpointFixtures.path("dtypes.safetensors"))))
        let headerEnd = 8 + Int(sound[0]) + Int(sound[1]) << 8
        var refused = 0
        for _ in 0..<1_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: 0..<headerEnd, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            do {
                let file = try open(bytes)
                for (name, tensor) in file.tensors {
                    _ = try file.withBytes(of: name) { $0.reduce(0, ^) }
                    if tensor.type.isFloat { _ = try file.floats(name) }
                }
            } catch is CheckpointError {
                refused += 1
            }
        }
        #expect(refused > 500)
    }
}
