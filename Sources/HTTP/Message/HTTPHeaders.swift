/// Header fields in the order in which they came or were added; names compare without case, a name may repeat.
///
///     var headers: HTTPHeaders = ["Content-Type": "application/json"]
///     headers.add("Vary", "Accept-Encoding")
///     headers["content-type"]  // "application/json"
///
/// All fields share one byte buffer, laid out as they go over the wire; strings are made only when asked for. Names and
/// values that would break the message apart cannot get in (see ``add(_:_:)``).
public struct HTTPHeaders: Sendable {
    /// Where a field's name and value lie in `bytes`.
    struct Field: Sendable {
        var nameStart: Int32
        var nameEnd: Int32
        var valueStart: Int32
        var valueEnd: Int32

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    var bytes: [UInt8]
    var fields: [Field]
    /// Whether `bytes` is exactly the fields as `Name: value CR LF`, which can be sent as it is.
    var isWireForm: Bool

    public init() {
        bytes = []
        fields = []
        isWireForm = true
    }

    /// Fields that a parser has validated; `bytes` may hold more than the fields.
    init(parsed bytes: [UInt8], fields: [Field]) {
        self.bytes = bytes
        self.fields = fields
        isWireForm = false
    }

    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    /// The first value under a name; setting replaces all of them, nil removes them.
    public subscript(_ name: String) -> String? {
        get { first(name).map { string($0.value) } }
        set {
            if let newValue { set(name, newValue) } else { remove(name) }
        }
    }

    /// All values under a name, in order.
    public func values(_ name: String) -> [String] {
        var copy = name
        return copy.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { bytes in
                fields.filter { HTTPHeaders.matches(bytes, $0, wanted) }
            }
        }.map { string($0.value) }
    }

    public func contains(_ name: String) -> Bool {
        first(name) != nil
    }

    /// Whether a field of that name lists a token, as in `Accept-Encoding: gzip, br` (RFC 9110 §5.6.1); parameters after
    /// a semicolon are left out of the comparison.
    public func lists(_ token: String, in name: String) -> Bool {
        let wanted = Array(token.utf8)
        return values(name).contains { value in
            value.utf8.split(separator: UInt8(ascii: ",")).contains { element in
                let word = element.prefix { $0 != UInt8(ascii: ";") }.drop { $0 == 0x20 || $0 == 0x09 }
                let end = word.lastIndex { $0 != 0x20 && $0 != 0x09 }
                return Array(end.map { word[...$0] } ?? word).withUnsafeBufferPointer { word in
                    wanted.withUnsafeBufferPointer { CharacterClass.equalIgnoringCase(word, $0) }
                }
            }
        }
    }

    /// Adds a field behind the others.
    ///
    /// Every control byte in the value becomes a space, so that text from elsewhere cannot start another field.
    /// - Returns: false, with nothing added, where the name is no token or the headers would pass 1 MiB.
    @discardableResult
    public mutating func add(_ name: String, _ value: String) -> Bool {
        var name = name
        var value = value
        guard !name.isEmpty, name.withUTF8({ CharacterClass.token.containsAll($0) }),
            bytes.count + name.utf8.count + value.utf8.count < 1 << 20
        else { return false }
        let nameStart = bytes.count
        name.withUTF8 { bytes.append(contentsOf: $0) }
        let nameEnd = bytes.count
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        let valueStart = bytes.count
        value.withUTF8 { text in
            if CharacterClass.isFieldText(text) {
                bytes.append(contentsOf: text)
            } else {
                bytes.append(contentsOf: text.lazy.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 })
            }
        }
        let valueEnd = bytes.count
        bytes.append(0x0d)
        bytes.append(0x0a)
        fields.append(
            Field(
                nameStart: Int32(nameStart), nameEnd: Int32(nameEnd), valueStart: Int32(valueStart),
                valueEnd: Int32(valueEnd)))
        return true
    }

    /// Adds all fields of another behind the others.
    public mutating func add(contentsOf others: HTTPHeaders) {
        guard others.isWireForm, bytes.count + others.bytes.count < 1 << 20 else {
            for (name, value) in others { add(name, value) }
            return
        }
        let shift = Int32(bytes.count)
        // Room for one field more, as the next one often comes at once.
        bytes.reserveCapacity(bytes.count + others.bytes.count + 64)
        fields.reserveCapacity(fields.count + others.fields.count + 1)
        bytes.append(contentsOf: others.bytes)
        for field in others.fields {
            fields.append(
                Field(
                    nameStart: field.nameStart + shift, nameEnd: field.nameEnd + shift,
                    valueStart: field.valueStart + shift, valueEnd: field.valueEnd + shift))
        }
    }

    /// Replaces all fields of that name by one.
    public mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Removes all fields of that name.
    public mutating func remove(_ name: String) {
        guard contains(name) else { return }
        var kept = HTTPHeaders()
        for (other, value) in self where other.lowercased() != name.lowercased() { kept.add(other, value) }
        self = kept
    }

    func first(_ name: String) -> Field? {
        var copy = name
        return copy.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { bytes in
                fields.first { HTTPHeaders.matches(bytes, $0, wanted) }
            }
        }
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    private static func matches(
        _ bytes: UnsafeBufferPointer<UInt8>, _ field: Field, _ wanted: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        CharacterClass.equalIgnoringCase(UnsafeBufferPointer(rebasing: bytes[field.name]), wanted)
    }
}

extension HTTPHeaders: Sequence {
    /// Name and value pairs in order.
    public func makeIterator() -> AnyIterator<(name: String, value: String)> {
        var index = 0
        return AnyIterator {
            guard index < fields.count else { return nil }
            defer { index += 1 }
            return (string(fields[index].name), string(fields[index].value))
        }
    }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { add(name, value) }
    }
}

extension HTTPHeaders: Equatable {
    /// Same fields, names and values byte for byte, in the same order.
    public static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { one, other in
                one.name.utf8.elementsEqual(other.name.utf8) && one.value.utf8.elementsEqual(other.value.utf8)
            }
    }
}
