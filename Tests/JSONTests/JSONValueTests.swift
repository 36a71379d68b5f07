import Foundation
import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func canonicalText() {
        let value: JSONValue = [
            "b": [1, 1.5, .number(1), nil], "a": "x\"\\/\n\u{1}\u{1F}é\u{2028}", "B": true, "": [:],
        ]
        #expect(
            value.serialised()
                == "{\"\":{},\"B\":true,\"a\":\"x\\\"\\\\/\\n\\u0001\\u001fé\u{2028}\",\"b\":[1,1.5,1.0,null]}")
        #expect(JSONValue.array([.number(.nan), .number(.infinity)]).serialised() == "[null,null]")
        #expect("\(JSONValue.string("a"))" == "\"a\"")
    }

    @Test func accessors() {
        let value: JSONValue = ["i": 3, "d": 2.5, "w": .number(4), "s": "x", "t": true, "a": [1], "n": nil]
        #expect(value["i"]?.integerValue == 3)
        #expect(value["i"]?.numberValue == 3)
        #expect(value["w"]?.integerValue == 4)
        #expect(value["d"]?.integerValue == nil)
        #expect(value["d"]?.numberValue == 2.5)
        #expect(value["s"]?.stringValue == "x")
        #expect(value["s"]?.numberValue == nil)
        #expect(value["t"]?.boolValue == true)
        #expect(value["a"]?.arrayValue == [1])
        #expect(value["n"] == .null)
        #expect(value["missing"] == nil)
        #expect(JSONValue.integer(1)["x"] == nil)
        #expect(JSONValue.integer(1) != .number(1))
    }

    @Test("strings and names that are canonically equivalent stay apart")
    func codePoints() throws {
        let (composed, decomposed) = ("Z\u{FC}rich", "Zu\u{308}rich")
        #expect(JSONValue.string(composed) != .string(decomposed))
        #expect(Set<JSONValue>([.string(composed), .string(decomposed), .string(composed)]).count == 2)
        #expect(JSONValue.array([.string(composed)]) != [.string(decomposed)])
        let text = "{\"Zu\u{308}rich\":2,\"Z\u{FC}rich\":1}"
        let value = try JSONValue(parsing: text)
        #expect(value.objectValue?.count == 2)
        #expect(value[CodePoints(composed)] == 1)
        #expect(value[CodePoints(decomposed)] == 2)
        #expect(value.serialised() == text)
        #expect(value == JSONValue(members: [(composed, 1), (decomposed, 3), (decomposed, 2)]))
        #expect(value != ["Z\u{FC}rich": 1])
    }

    @Test("numbers are ordered by their values, to the last digit")
    func numericOrder() {
        // Each is smaller than those behind it; as doubles many of them would be equal.
        let ascending: [JSONValue] = [
            .number(-.greatestFiniteMagnitude), .number(-0x1.0000000000001p63), .integer(.min), .integer(.min + 1),
            .integer(-1), .number(-0.5), .integer(0), .number(0.5), .integer(9_007_199_254_740_992),
            .integer(9_007_199_254_740_993), .number(9_007_199_254_740_994), .integer(76_561_198_275_305_774),
            .integer(76_561_198_275_305_775), .integer(.max - 1), .integer(.max), .number(0x1p63), .number(1e300),
        ]
        for (place, one) in ascending.enumerated() {
            for (other, value) in ascending.enumerated() {
                #expect(one.isSmaller(than: value) == (place < other), "\(one) \(value)")
            }
        }
        #expect(JSONValue.integer(3).isSmaller(than: .number(3)) == false)
        #expect(JSONValue.number(3).isSmaller(than: .integer(3)) == false)
        #expect(JSONValue.number(-0x1p63).isSmaller(than: .integer(.min)) == false)
        #expect(JSONValue.string("1").isSmaller(than: 2) == nil)
    }

    @Test func codable() throws {
        let value: JSONValue = ["a": [1, 2.5, "x", true, nil], "b": ["big": .integer(.max), "small": .integer(.min)]]
        let data = try JSONEncoder().encode(value)
        #expect(try JSONValue(parsing: Array(data)) == value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: data) == value)
    }

    /// Random values, written by one and read by the other of this parser and Foundation's.
    @Test func agreesWithFoundation() throws {
        var random = SplitMix64(state: 12)
        for _ in 0..<500 {
            let value = JSONValue.array([random.value(depth: 0)])
            let text = value.serialised()
            #expect(try JSONValue(parsing: text) == value)
            let theirs = try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
            #expect(try Self.equal(value, theirs), "\(text)")
            let written = try JSONSerialization.data(withJSONObject: theirs, options: [.prettyPrinted])
            #expect(try Self.equal(JSONValue(parsing: Array(written)), theirs))
        }
    }

    /// Short decimals, which are put together from two exact factors, must be the nearest values nevertheless.
    @Test func numbersAreTheNearest() throws {
        var random = SplitMix64(state: 3)
        for _ in 0..<2_000 {
            let digits = random.next() >> UInt64.random(in: 0..<64, using: &random)
            let text = "\(digits).\(random.next() % 1000)e\(Int.random(in: -30...30, using: &random))"
            #expect(try JSONValue(parsing: text) == .number(try #require(Double(text))), "\(text)")
        }
    }

    private static func equal(_ ours: JSONValue, _ theirs: Any) throws -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let value): return theirs as? Bool == value
        case .integer(let value): return (theirs as? NSNumber)?.int64Value == value
        case .number(let value):
            // Foundation's own reading is some units in the last place off.
            guard let other = (theirs as? NSNumber)?.doubleValue else { return false }
            return abs(other - value) <= max(abs(value) * 1e-15, .leastNormalMagnitude)
        case .string(let value): return theirs as? String == value
        case .array(let values):
            guard let others = theirs as? [Any], others.count == values.count else { return false }
            return try zip(values, others).allSatisfy { try equal($0, $1) }
        case .object(let members):
            guard let others = theirs as? [String: Any], others.count == members.count else { return false }
            return try members.allSatisfy { name, value in try equal(value, #require(others[name.text])) }
        }
    }
}

/// The generator of Steele, Lea and Flood (2014), for values that are the same in every run.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 8 : 6), using: &self) {
        case 0: return .null
        case 1: return .bool(.random(using: &self))
        case 2: return .integer(Int64(bitPattern: next()) >> Int64.random(in: 0..<64, using: &self))
        case 3:
            let value = Double(bitPattern: next())
            return .number(value.isFinite ? value : 0.5)
        case 4: return .number(Double.random(in: -1000...1000, using: &self))
        case 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0..<5, using: &self)).map { _ in value(depth: depth + 1) })
        default:
            let members = (0..<Int.random(in: 0..<5, using: &self)).map { _ in (text(), value(depth: depth + 1)) }
            return JSONValue(members: members)
        }
    }

    private mutating func text() -> String {
        let ranges: [ClosedRange<UInt32>] = [0...0x7F, 0x80...0x7FF, 0x4E00...0x9FFF, 0x1F300...0x1F5FF]
        let scalars = (0..<Int.random(in: 0..<12, using: &self)).compactMap { _ in
            ranges.randomElement(using: &self).flatMap { UnicodeScalar(UInt32.random(in: $0, using: &self)) }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
