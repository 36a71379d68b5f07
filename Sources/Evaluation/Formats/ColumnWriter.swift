import TextFiles

/// What a file of columns can hold.
enum ColumnWriter {
    /// Throws where an identifier is empty or contains white space and so would not be read back as one column.
    static func require(_ identifier: String, _ kind: String, path: String) throws {
        let isOneColumn = !identifier.isEmpty && !identifier.utf8.contains { $0 <= 0x20 }
        guard !isOneColumn else { return }
        throw TextFileError(
            path: path, message: "the \(kind) id \"\(identifier)\" cannot be a column: it is empty or has white space")
    }
}
