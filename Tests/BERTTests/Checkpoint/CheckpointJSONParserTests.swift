import BERT
import Testing

@Suite struct CheckpointJSONParserTests {
    private func parse(_ text: String) throws -> CheckpointJSON {
        try Array(text.utf8).withUnsafeBytes { try CheckpointJSONParser.parse($0) }
    }

    @Test func readsEveryKindOfValue() throws {
        let value = try parse(#" {"a": [null, true, false, -7, 1.5, 1e2, "x"], "b": {}, "c": []} "#)
        let elements: [CheckpointJSON] = [
            .null, .bool(true), .bool(false), .integer(-7), .number(1.5), .number(100), .string("x"),
        ]
        #expect(value == .object(["a": .array(elements), "b": .object([:]), "c": .array([])]))
        #expect(try parse("1000000000000000019884624838656") == .number(1e30))
        #expect(try parse(String(Int.min)) == .integer(.min))
    }

    @Test func readsEscapes() throws {
        #expect(try parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#) == .string("\"\\/\u{8}\u{C}\n\r\té😀é"))
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "nul",
        "truth",
        "01", "-", "1.", ".5", "1e", "+1", "NaN", "Infinity", "1e999", "\"", "\"\n\"", #""\x""#, #""\u12""#,
        #""\ud800""#,
        #""\ud800\u0041""#, #""\udc00""#, #""\u+123""#, "[] []", "{\"a\":1,\"a\":1}", "\u{FEFF}{}", "'a'", "\u{0}",
    ])
    func refuses(text: String) {
        #expect(throws: CheckpointJSONParser.Failure.self) { try parse(text) }
    }

    @Test func refusesWhatIsNoUTF8() {
        #expect(throws: CheckpointJSONParser.Failure.self) {
            try [UInt8](arrayLiteral: 0x22, 0xFF, 0x22).withUnsafeBytes { try CheckpointJSONParser.parse($0) }
        }
    }

    @Test func boundsNesting() throws {
        _ = try parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        #expect(throws: CheckpointJSONParser.Failure.self) { try parse(String(repeating: "[", count: 65)) }
        #expect(throws: CheckpointJSONParser.Failure.self) { try parse(String(repeating: "{\"a\":", count: 1_000_000)) }
    }

    @Test func namesTheLineOfAFile() throws {
        let folder = try ScratchFolder()
        let path = try folder.write("config.json", "{\n  \"a\": 1,\n  \"b\": ?\n}")
        #expect(
            CheckpointFixtures.refusal { try CheckpointJSONParser.parse(file: path) }
                == "\(path): line 3: this is no JSON: no value begins like this")
    }
}
