import Corpus
import JSON
import Testing

@Suite struct PassageTests {
    @Test(arguments: ["a", "docs/read me.md#x", "日本語", String(repeating: "é", count: 256)])
    func goodIDs(id: String) throws {
        try Passage(id: id, text: "").validate()
    }

    @Test(arguments: ["", "a\tb", "a\nb", "\0", "x\u{7F}", "x\u{85}", String(repeating: "é", count: 257)])
    func badIDs(id: String) {
        #expect(throws: PassageError.self) { try Passage(id: id, text: "x").validate() }
    }

    @Test func limits() throws {
        let limits = PassageLimits(idBytes: 3, textBytes: 4, metadataBytes: 20)
        try Passage(id: "abc", text: "abcd", metadata: ["a": "0123456789"]).validate(limits: limits)
        #expect(throws: PassageError.self) { try Passage(id: "abcd", text: "").validate(limits: limits) }
        #expect(throws: PassageError.self) { try Passage(id: "a", text: "éé!").validate(limits: limits) }
        #expect(throws: PassageError.self) {
            try Passage(id: "a", text: "", metadata: ["a": [["b": "01234567890123"]]]).validate(limits: limits)
        }
        #expect(throws: PassageError.self) { try Passage(id: "a", text: "x\0y").validate() }
        #expect(throws: PassageError.self) {
            try Passage(id: "a", text: String(repeating: "x", count: 1 << 20 + 1)).validate()
        }
    }

    @Test(
        arguments: [
            (
                #"{"_id": "1", "title": "T", "text": "x", "metadata": {"url": "u"}}"#, "1", "T x",
                ["title": "T", "url": "u"]
            ),
            (#"{"_id": "1", "title": "", "text": "x", "metadata": {}}"#, "1", "x", [:]),
            (#"{"_id": "1", "title": "T", "text": ""}"#, "1", "T", ["title": "T"]),
            (#"{"id": 17, "contents": "x"}"#, "17", "x", [:]),
            (#"{"id": -9223372036854775808, "contents": "x"}"#, "-9223372036854775808", "x", [:]),
            (#"{"id": "a", "text": "x", "metadata": {"title": "T", "n": [1]}}"#, "a", "x", ["title": "T", "n": [1]]),
            (#"{"id": "a", "text": "x", "metadata": null, "title": null, "year": 1998}"#, "a", "x", ["year": 1998]),
            (#"{"id": "a", "text": "x", "url": "outer", "metadata": {"url": "inner"}}"#, "a", "x", ["url": "inner"]),
        ] as [(String, String, String, [CodePoints: JSONValue])])
    func fromJSON(json: String, id: String, text: String, metadata: [CodePoints: JSONValue]) throws {
        let passage = try Passage(json: JSONValue(parsing: json))
        #expect(passage == Passage(id: id, text: text, metadata: metadata))
        #expect(try Passage(json: passage.json) == passage)
    }

    @Test(arguments: [
        ("[]", "object"), ("7", "object"), (#"{"text": "x"}"#, "\"id\""), (#"{"id": "1"}"#, "\"text\""),
        (#"{"id": null, "text": "x"}"#, "\"id\" is null"), (#"{"id": true, "text": "x"}"#, "\"id\" is a boolean"),
        (#"{"id": 1.5, "text": "x"}"#, "64 bits"), (#"{"id": 98765432109876543210, "text": "x"}"#, "64 bits"),
        (#"{"_id": ["1"], "text": "x"}"#, "\"_id\" is an array"), (#"{"id": "1", "text": 5}"#, "\"text\" is a number"),
        (#"{"id": "1", "contents": {}}"#, "\"contents\" is an object"),
        (#"{"id": "1", "text": "x", "title": 5}"#, "\"title\" is a number"),
        (#"{"id": "1", "text": "x", "metadata": []}"#, "\"metadata\" is an array"),
        (#"{"id": "1", "text": "x", "metadata": "m"}"#, "\"metadata\" is a string"),
    ])
    func badJSON(json: String, words: String) throws {
        let value = try JSONValue(parsing: json)
        let error = #expect(throws: PassageError.self) { try Passage(json: value) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }
}
