/// What `modules.json` of sentence-transformers says a model consists of, as far as vectors of tokens go: an encoder, and
/// perhaps one dense layer behind it.
struct SentenceModules {
    /// The folder of the one dense module; nil where there is none, or where it works on one vector a text.
    let dense: String?

    /// Kinds of modules, by the last part of their type's name, that leave the vectors of tokens alone, and Dense.
    private static let known = ["Dense", "Dropout", "Normalize", "Transformer"]

    /// - Throws: `CheckpointError` where there is another kind of module beside a dense one, or several dense ones.
    init(folder: ModelFolder) throws {
        let list = folder.file("modules.json")
        guard folder.has("modules.json") else {
            guard !folder.has("2_Dense") else {
                throw CheckpointError(
                    folder.file("2_Dense"), "is a second projection",
                    remedy: "only one after the encoder is supported")
            }
            dense = folder.has("1_Dense") ? "1_Dense" : nil
            return
        }
        guard case .array(let elements) = try CheckpointJSONParser.parse(file: list) else {
            throw CheckpointError(list, "the file should hold one JSON array")
        }
        let modules = try elements.enumerated().map { number, element -> (fields: JSONFields, kind: String) in
            guard case .object(let members) = element else {
                throw CheckpointError(list, "module \(number) should be an object, not \(element.kind)")
            }
            let fields = JSONFields(path: list, prefix: "\(number).", members: members)
            return (fields, try fields.string("type")?.split(separator: ".").last.map(String.init) ?? "")
        }
        let dense = modules.filter { $0.kind == "Dense" }
        // A pooling layer makes one vector of a text's, and a Dense beside it works on that one.
        guard !dense.isEmpty, !modules.contains(where: { $0.kind == "Pooling" }) else {
            self.dense = nil
            return
        }
        if let (fields, kind) = modules.first(where: { !Self.known.contains($0.kind) }) {
            throw fields.error(
                "type", "a module of the kind \(CheckpointError.quoted(kind)) is not supported",
                remedy: "supported are: \(Self.known.joined(separator: ", "))")
        }
        let paths = try dense.map { module in
            guard let path = try module.fields.string("path") else { throw module.fields.error("path", "is missing") }
            _ = try folder.file(named: path, by: list)
            return path
        }
        guard paths.count == 1 else {
            throw CheckpointError(
                list, "lists \(paths.count) dense modules (\(paths.joined(separator: ", ")))",
                remedy: "only one projection after the encoder is supported")
        }
        self.dense = paths[0]
    }
}
