import Crypto
import Foundation

/// The secret of a key: 256 random bits, shown once and never stored.
///
/// So much entropy cannot be guessed, which is why one round of SHA-256 is enough to store it by; passwords would need a
/// slow hash.
public struct AccessSecret: Sendable {
    /// What a client sends after `Authorization: Bearer`.
    public let text: String

    /// A new one, from the system's source of randomness.
    public init() {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let encoded = bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        text = "psr_" + encoded.replacing("=", with: "")
    }

    /// SHA-256 of a secret's text.
    static func digest(_ text: some StringProtocol) -> SHA256.Digest { SHA256.hash(data: Data(text.utf8)) }

    /// What the keys file keeps: SHA-256 in 64 hexadecimal digits.
    public var hash: String { Self.digest(text).map { Self.hexadecimal($0) }.joined() }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }
}
