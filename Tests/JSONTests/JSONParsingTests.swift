import Foundation
import JSON
import Testing

@Suite struct JSONParsingTests {
    private static let validTexts: [(String, JSONValue)] = [
        ("null", JSONValue.null), (" true\n", true), ("false", false), ("0", 0), ("-1", -1),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("-9223372036854775809", .number(-0x1p63)),
        ("123456789012345678901234567890", .number(0x1.8ee90ff6c373ep+96)),
        ("1.0", .number(1)), ("0.1", 0.1), ("1e5", .number(100_000)), ("1E+2", .number(100)), ("25e-1", 2.5),
        ("1e23", .number(1e23)), ("9007199254740993.0", .number(9_007_199_254_740_992)), ("1e-400", .number(0)),
        ("5e-324", .number(.leastNonzeroMagnitude)), ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
        ("0e99999999999999999999", .number(0)), ("0.30000000000000004", .number(0.1 + 0.2)),
        ("\"\"", ""), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz"), (#""\u00e9\u20AC""#, "é€"),
        (#""\ud83d\ude00""#, "😀"), (#""x\uD834\uDD1Ey""#, "x𝄞y"), (#""\u0000""#, "\0"), ("\"é€😀\u{7F}\"", "é€😀\u{7F}"),
        ("[]", []), ("[ ]", []), ("{}", .object([:])), ("[1 , [2],\t{}]", [1, [2], .object([:])]),
        (#"{"a":1,"b":{"c":[null]}}"#, ["a": 1, "b": ["c": [nil]]]), (#"{"a":1,"a":2}"#, ["a": 2]),
        (#"{"":0}"#, ["": 0]),
    ]

    @Test(arguments: validTexts)
    func valid(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: value.serialised()) == value)
    }

    @Test func minusZeroKeepsItsSign() throws {
        #expect(try JSONValue(parsing: "-0").numberValue?.sign == .minus)
        #expect(try JSONValue(parsing: "-0.0").serialised() == "-0.0")
    }

    private static let invalidTexts: [(String, Int)] = [
        ("", 0), (" ", 1), ("nul", 0), ("nulll", 4), ("True", 0), ("'a'", 0), ("\u{FEFF}1", 0), ("1 2", 2), ("01", 0),
        ("-01", 0), ("-", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1.e5", 2), ("1e", 2), ("1e+", 3), ("0x1", 1),
        ("NaN", 0),
        ("-Infinity", 1), ("1e400", 0), ("[1,]", 3), ("[,1]", 1), ("[1", 2), ("[1 2]", 3), ("]", 0), ("{", 1),
        ("{\"a\"}", 4), ("{\"a\":}", 5), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{1:1}", 1), ("{\"a\":1 \"b\":2}", 7),
        ("\"abc", 0), ("\"a\nb\"", 2), ("\"a\tb\"", 2), (#""\x41""#, 1), (#""\u12""#, 5), (#""\u12G4""#, 5),
        (#""\ud83d""#, 1), (#""\ud83dx""#, 1), (#""a\ude00""#, 2), (#""\ud83d\u0041""#, 1), ("\"\\", 1), ("\"\\\"", 0),
        ("// x\n1", 0), ("[1]\0", 3), ("\u{A0}1", 0), ("[\u{C}1]", 1),
    ]

    @Test(arguments: invalidTexts)
    func invalid(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.offset == offset, "\(text): \(String(describing: error))")
        #expect(error?.message.isEmpty == false)
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]])
    func stringsThatAreNotUTF8(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
        #expect(error?.offset == 1)
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0x5C, 0x6E] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test(arguments: [
        ("[]", 1), ("[[],[]]", 3), (#"{"a":{},"b":[0,null,"x"]}"#, 6), (#"{"a":1,"a":2,"a":3}"#, 4), ("[[[[0]]]]", 5),
    ])
    func valuesAreLimited(text: String, values: Int) throws {
        #expect(throws: Never.self) { try JSONValue(parsing: text, valueLimit: values) }
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text, valueLimit: values - 1) }
        #expect(error?.kind == .tooManyValues)
        let malformed = #expect(throws: JSONError.self) { try JSONValue(parsing: text + "]", valueLimit: values) }
        #expect(malformed?.kind == .malformed)
    }

    @Test(arguments: ["", "plain", "\"\\", "a\nb\u{1}\u{1F}", "naïve 漢字 😀", "\t\r\u{8}\u{C}"])
    func writtenBytesOfStringsAreExact(text: String) {
        let value = JSONValue.string(text)
        #expect(JSONValue.writtenBytes(of: text) == value.serialised().utf8.count)
        #expect(value.writtenBytes == value.serialised().utf8.count)
    }

    @Test(arguments: [#"[0,0,0,0]"#, #"{"a":[[],[],{}],"b":{"c":"d"}}"#, #"[1.5,true,null,"x"]"#])
    func sizesAreNoSmallerThanTheText(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value.writtenBytes >= text.utf8.count)
        #expect(value.memoryBytes >= text.utf8.count)
    }

    @Test func depthIsLimited() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try JSONValue(parsing: nested(64)).kind == "an array")
        #expect(throws: JSONError(offset: 64, message: "nested too deeply")) { try JSONValue(parsing: nested(65)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[{\"a\":", count: 500_000)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[]", depthLimit: 0) }
        // Depth is that of nesting, not the number of brackets.
        #expect(try JSONValue(parsing: "[[],[],{}]", depthLimit: 2).arrayValue?.count == 3)
    }

    @Test func sliceOffsetsCountFromItsStart() {
        let bytes = Array("xxxx[1;".utf8)
        #expect(throws: JSONError(offset: 2, message: "expected ',' or ']'")) { try JSONValue(parsing: bytes[4...]) }
    }

    /// Cuts and damages a text everywhere: nothing may crash, and what still parses must be written and read alike.
    @Test func damagedTexts() {
        let text = Array(#"{"a":[1,-2.5e3,true,null,"é\ud83d\ude00\n"],"b":{"c":""}}"#.utf8)
        var valid = 0
        for position in text.indices {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<position])) }
            for byte: UInt8 in [0, 0x22, 0x2C, 0x30, 0x5C, 0x5D, 0x7B, 0x7D, 0xFF] {
                var damaged = text
                damaged[position] = byte
                guard let value = try? JSONValue(parsing: damaged) else { continue }
                valid += 1
                #expect((try? JSONValue(parsing: value.serialised())) == value)
            }
        }
        #expect(valid > 20)
    }
}
