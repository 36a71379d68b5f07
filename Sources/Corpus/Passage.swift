import Foundation
import JSON

/// What a user adds to an index: a text under an id, and anything else worth keeping with it.
///
///     let passage = Passage(id: "7067032", text: "Coral reefs are …", metadata: ["title": "Reefs"])
///     try passage.validate()
///
/// A text may be empty: such passages are in public collections, and are stored though no search finds them.
public struct Passage: Sendable {
    public var id: String
    public var text: String
    public var metadata: [CodePoints: JSONValue]

    public init(id: String, text: String, metadata: [CodePoints: JSONValue] = [:]) {
        self.id = id
        self.text = text
        self.metadata = metadata
    }

    /// About the bytes that the passage takes in memory; metadata take many times those of their text.
    public var memoryBytes: Int {
        text.utf8.count + id.utf8.count + (metadata.isEmpty ? 0 : JSONValue.object(metadata).memoryBytes)
    }

    /// Throws `PassageError`, in words, unless all of this holds:
    /// - the id is not empty, has at most `limits.idBytes` bytes in UTF-8 and no control characters (U+0000 to U+001F,
    ///   U+007F to U+009F);
    /// - the text has at most `limits.textBytes` bytes and no U+0000, at which databases end a text;
    /// - the metadata has at most about `limits.metadataBytes` bytes as JSON.
    public func validate(limits: PassageLimits = PassageLimits()) throws(PassageError) {
        let idBytes = id.utf8.count
        guard idBytes > 0 else { throw PassageError(message: "the id is empty; give each passage an id") }
        guard idBytes <= limits.idBytes else {
            throw PassageError(message: "the id has \(idBytes) bytes; at most \(limits.idBytes) are allowed")
        }
        if let control = id.unicodeScalars.first(where: { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }) {
            let code = String(control.value, radix: 16, uppercase: true)
            throw PassageError(message: "the id has a control character (U+\(code)); remove it")
        }
        let textBytes = text.utf8.count
        guard textBytes <= limits.textBytes else {
            throw PassageError(
                message: "the text has \(textBytes) bytes; at most \(limits.textBytes) are allowed, so split it")
        }
        guard !Self.containsNUL(text) else {
            throw PassageError(message: "the text has a NUL character (U+0000); remove it")
        }
        guard metadata.isEmpty || JSONValue.object(metadata).leastBytes <= limits.metadataBytes else {
            throw PassageError(message: "the metadata has over \(limits.metadataBytes) bytes; keep less of it")
        }
    }

    /// Speed matters here, as every text of a corpus passes.
    private static func containsNUL(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
        }
            ?? text.utf8.contains(0)
    }
}

extension Passage: Hashable {
    public static func == (one: Passage, other: Passage) -> Bool {
        CodePoints(one.id) == CodePoints(other.id) && CodePoints(one.text) == CodePoints(other.text)
            && one.metadata == other.metadata
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(CodePoints(id))
        hasher.combine(CodePoints(text))
        hasher.combine(metadata)
    }
}
