import JSON

extension Passage {
    /// Reads a passage from a JSON object in any of three shapes:
    ///
    ///     {"_id": "1", "title": "Reefs", "text": "…", "metadata": {"url": "…"}}    BEIR
    ///     {"id": "1", "contents": "…"}                                             Anserini
    ///     {"id": "1", "text": "…", "metadata": {"url": "…"}}                       Passerine's own export
    ///
    /// An id may be an integer. A title is put in front of the text and kept as metadata `title`; other members are kept
    /// as metadata under their names. Throws `PassageError` for missing members and members of the wrong type; limits
    /// are checked by `validate(limits:)`.
    public init(json: JSONValue) throws(PassageError) {
        guard case .object(var members) = json else {
            throw PassageError(message: "is \(json.kind), should be an object with an id and a text")
        }
        let id = try Self.id(from: &members)
        var text = try Self.text(from: &members)
        let title = members.removeValue(forKey: "title")
        let metadata = members.removeValue(forKey: "metadata") ?? .null

        self.init(id: id, text: "", metadata: members)
        switch metadata {
        case .null: break
        case .object(let values): self.metadata.merge(values) { $1 }
        default: throw PassageError(message: "\"metadata\" is \(metadata.kind), should be an object")
        }
        switch title {
        case nil, .null: break
        case .string(let title):
            guard !title.isEmpty else { break }
            text = text.isEmpty ? title : "\(title) \(text)"
            self.metadata["title"] = .string(title)
        case .some(let other): throw PassageError(message: "\"title\" is \(other.kind), should be a string")
        }
        self.text = text
    }

    /// The passage in the shape of the export; without metadata where there is none.
    public var json: JSONValue {
        var members: [CodePoints: JSONValue] = ["id": .string(id), "text": .string(text)]
        if !metadata.isEmpty { members["metadata"] = .object(metadata) }
        return .object(members)
    }

    private static func id(from members: inout [CodePoints: JSONValue]) throws(PassageError) -> String {
        let name: CodePoints = members["_id"] == nil ? "id" : "_id"
        switch members.removeValue(forKey: name) {
        case .string(let id): return id
        case .integer(let id): return String(id)
        case .number: throw PassageError(message: "\"\(name)\" is no whole number of 64 bits; write it as a string")
        case .some(let other): throw PassageError(message: "\"\(name)\" is \(other.kind), should be a string")
        case nil: throw PassageError(message: "has no \"id\" (or \"_id\")")
        }
    }

    private static func text(from members: inout [CodePoints: JSONValue]) throws(PassageError) -> String {
        let name: CodePoints = members["text"] == nil ? "contents" : "text"
        switch members.removeValue(forKey: name) {
        case .string(let text): return text
        case .some(let other): throw PassageError(message: "\"\(name)\" is \(other.kind), should be a string")
        case nil: throw PassageError(message: "has no \"text\" (or \"contents\")")
        }
    }
}
