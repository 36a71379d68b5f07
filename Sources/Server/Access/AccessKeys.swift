import Crypto
import JSON

/// The keys that a server accepts.
public struct AccessKeys: Sendable {
    /// More would make finding one slow.
    public static let limit = 1000

    public let keys: [AccessKey]
    private let digests: [[UInt8]]

    /// Throws `AccessError` where two have one name or secret, or where there are more than ``limit``.
    public init(_ keys: [AccessKey]) throws(AccessError) {
        guard keys.count <= Self.limit else {
            throw AccessError("there are \(keys.count) keys; \(Self.limit) are the limit")
        }
        var seen: Set<CodePoints> = []
        for key in keys {
            guard seen.insert(CodePoints(key.name)).inserted else {
                throw AccessError("there are two keys named \(key.name)")
            }
            guard seen.insert(CodePoints(key.hash)).inserted else {
                throw AccessError("key \(key.name) has the secret of another key")
            }
        }
        self.keys = keys
        digests = keys.map { key in
            let digits = Array(key.hash.utf8)
            func value(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit &- 0x30 : digit &- 0x57 }
            return stride(from: 0, to: digits.count - 1, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) }
        }
    }

    /// The key with that secret. Takes the same time whichever it is, and whether there is one: digests are compared in
    /// constant time, and all of them.
    public func key(secret: some StringProtocol) -> AccessKey? {
        let digest = AccessSecret.digest(secret)
        var found: Int?
        for index in digests.indices where digest == digests[index] { found = index }
        return found.map { keys[$0] }
    }
}
