import JSON

/// Reads a JSON object a line; `Passage.init(json:)` says in which shapes.
enum JSONPassages {
    /// The passage of a line, given without its ending. Throws `PassageError`; limits are not checked.
    static func passage(of line: ArraySlice<UInt8>) throws(PassageError) -> Passage {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line)
        } catch {
            throw PassageError(message: "\(error); each line should be one JSON object")
        }
        return try Passage(json: value)
    }
}
