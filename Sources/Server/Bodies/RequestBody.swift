import Corpus
import HTTP
import JSON

/// A request body that is a JSON object with a known set of fields.
struct RequestBody {
    let fields: [CodePoints: JSONValue]

    /// Throws `HTTPError` 400 for what is no JSON object, and for fields that are not known.
    init(_ bytes: [UInt8], fields known: Set<CodePoints>) throws(HTTPError) {
        guard case .object(let object) = try Self.parse(bytes) else {
            throw Self.refuse(
                "the body must be a JSON object with the fields \(Self.list(known))")
        }
        if let unknown = object.keys.filter({ !known.contains($0) }).min() {
            throw Self.refuse(
                "there is no field \(Self.quoted(unknown.text)); the fields are \(Self.list(known))")
        }
        fields = object
    }

    /// Throws `HTTPError` 400 for what is no JSON object, and for fields that are neither known nor passed over. Clients of
    /// other services write null for what they leave out, so it counts as that.
    init(
        _ bytes: [UInt8], fields known: Set<CodePoints>, passingOver others: Set<CodePoints>
    ) throws(HTTPError) {
        guard case .object(let object) = try Self.parse(bytes) else {
            throw Self.refuse("the body must be a JSON object")
        }
        fields = object.filter { if case .null = $0.value { false } else { true } }
        if let unknown = fields.keys.filter({ !known.contains($0) && !others.contains($0) }).min() {
            throw Self.refuse(
                "the field \(Self.quoted(unknown.text)) is not understood here; the fields are \(Self.list(known)), and "
                    + "\(Self.list(others)) are passed over")
        }
    }

    /// A name as a client wrote it, cut where it is long.
    static func quoted(_ name: String) -> String {
        let start = name.unicodeScalars.prefix(100)
        return start.endIndex == name.unicodeScalars.endIndex
            ? name.debugDescription : String(String.UnicodeScalarView(start)).debugDescription + "…"
    }

    private static func list(_ names: Set<CodePoints>) -> String {
        names.sorted().map(\.text).joined(separator: ", ")
    }

    /// Throws `HTTPError` 400 for what is not JSON, and 415 for what is not UTF-8 at first sight. A byte order mark is
    /// passed over.
    static func parse(_ bytes: [UInt8]) throws(HTTPError) -> JSONValue {
        let markLength = try BodyText.markLength(bytes)
        do {
            return try JSONValue(parsing: bytes[markLength...])
        } catch {
            throw refuse("the body is not JSON: \(error)", code: "invalid_json")
        }
    }

    static func refuse(_ message: String, code: String = "invalid_request") -> HTTPError {
        HTTPError(.badRequest, code: code, message: message)
    }

    // MARK: Values

    static func flag(_ name: String, _ value: JSONValue) throws(HTTPError) -> Bool {
        guard let flag = value.boolValue else { throw refuse("\(name) must be true or false, not \(value.kind)") }
        return flag
    }

    static func integer(_ name: String, _ value: JSONValue, _ range: ClosedRange<Int>) throws(HTTPError) -> Int {
        guard let number = value.integerValue, let integer = Int(exactly: number), range.contains(integer) else {
            throw refuse("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    static func string(_ name: String, _ value: JSONValue?) throws(HTTPError) -> String {
        guard let text = value?.stringValue else {
            throw refuse("\(name) must be a string\(value.map { ", not \($0.kind)" } ?? "")")
        }
        return text
    }

    static func choice<Value>(
        _ name: String, _ value: JSONValue, _ choices: [(name: String, value: Value)]
    ) throws(HTTPError) -> Value {
        guard let text = value.stringValue.map({ CodePoints($0) }),
            let choice = choices.first(where: { CodePoints($0.name) == text })
        else {
            throw refuse("\(name) must be one of \(choices.map(\.name).joined(separator: ", "))")
        }
        return choice.value
    }
}
