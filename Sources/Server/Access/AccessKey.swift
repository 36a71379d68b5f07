import Corpus
import JSON
import PassageIndex

/// A key as the keys file describes it: whose it is and what it may do, without its secret.
public struct AccessKey: Sendable, Equatable {
    /// Requests a second and how many may come at once.
    public struct Rate: Sendable, Equatable {
        public var perSecond: Double
        public var burst: Int

        /// - Parameter burst: a second's worth, at least 1, where it is `nil`.
        public init(perSecond: Double, burst: Int? = nil) {
            self.perSecond = perSecond
            // A rate that is out of bounds is refused with its key; here it only must not trap.
            self.burst = burst ?? Int(max(1, min(1_000_000, perSecond)).rounded(.up))
        }
    }

    /// Unique in its file; 1 to 64 letters, digits, `-`, `_` and `.`.
    public let name: String
    public let role: AccessRole
    /// The indexes that it is good for; `nil` for all.
    public let indexes: [String]?
    /// `nil` for as many requests as the server takes.
    public let rate: Rate?
    /// When it was made, ISO 8601.
    public let created: String
    /// SHA-256 of the secret, 64 hexadecimal digits.
    public let hash: String

    /// Throws `AccessError` where a field is out of bounds.
    public init(
        name: String, role: AccessRole, indexes: [String]? = nil, rate: Rate? = nil, created: String, hash: String
    ) throws(AccessError) {
        do {
            try IndexFolder.validate(name: name)
            for index in indexes ?? [] { try IndexFolder.validate(name: index) }
        } catch {
            throw AccessError(
                "key \(name.debugDescription): names of keys and indexes are 1 to 64 letters, digits, '-', '_' or '.', "
                    + "beginning with a letter or digit")
        }
        if let indexes, !(1...1000).contains(indexes.count) {
            throw AccessError("key \(name): a scope is 1 to 1000 indexes; leave it out for all")
        }
        if let rate, !(0.001...1_000_000).contains(rate.perSecond) || !(1...1_000_000).contains(rate.burst) {
            throw AccessError(
                "key \(name): a rate is 0.001 to 1000000 requests a second, a burst 1 to 1000000 requests")
        }
        guard hash.utf8.count == 64, hash.utf8.allSatisfy({ $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }) else {
            throw AccessError("key \(name): sha256 must be 64 hexadecimal digits, in small letters")
        }
        self.name = name
        self.role = role
        self.indexes = indexes
        self.rate = rate
        self.created = created
        self.hash = hash
    }

    /// Reads an entry of the keys file; throws `AccessError` that names the field.
    init(_ value: JSONValue, number: Int) throws(AccessError) {
        let known: Set<CodePoints> = ["name", "role", "indexes", "rate", "burst", "created", "sha256"]
        guard let fields = value.objectValue, let name = fields["name"]?.stringValue else {
            throw AccessError("key \(number) must be an object with a name")
        }
        if let unknown = fields.keys.filter({ !known.contains($0) }).min() {
            throw AccessError("key \(name.debugDescription) has an unknown field \(unknown.text.debugDescription)")
        }
        guard let role = fields["role"]?.stringValue.flatMap({ AccessRole(rawValue: $0) }) else {
            throw AccessError("key \(name.debugDescription): role must be search, write or admin")
        }
        guard let hash = fields["sha256"]?.stringValue else {
            throw AccessError("key \(name.debugDescription) lacks sha256")
        }
        var indexes: [String]?
        if let scope = fields["indexes"], scope != .null {
            let names = scope.arrayValue?.compactMap(\.stringValue)
            guard let names, names.count == scope.arrayValue?.count else {
                throw AccessError("key \(name.debugDescription): indexes must be a list of names")
            }
            indexes = names
        }
        var rate: Rate?
        if let perSecond = fields["rate"], perSecond != .null {
            let burst = fields["burst"]?.integerValue
            guard let number = perSecond.numberValue, fields["burst"] == nil || burst != nil else {
                throw AccessError("key \(name.debugDescription): rate must be a number, burst a whole number")
            }
            // Out of bounds is refused below; clamped, it does not overflow before.
            rate = Rate(perSecond: min(number, 1e12), burst: burst.map { Int(clamping: $0) })
        }
        try self.init(
            name: name, role: role, indexes: indexes, rate: rate, created: fields["created"]?.stringValue ?? "",
            hash: hash)
    }

    /// The entry in the keys file.
    var json: JSONValue {
        var fields: [CodePoints: JSONValue] = [
            "name": .string(name), "role": .string(role.rawValue), "created": .string(created), "sha256": .string(hash),
        ]
        if let indexes { fields["indexes"] = .array(indexes.map { .string($0) }) }
        if let rate {
            fields["rate"] = .number(rate.perSecond)
            fields["burst"] = .integer(Int64(rate.burst))
        }
        return .object(fields)
    }
}
