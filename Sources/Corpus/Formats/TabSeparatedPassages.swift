import Foundation

/// Reads `id<TAB>text`, a passage a line. Everything after the first tab is the text, further tabs included.
///
/// Where a file's first line names its columns, as that of DPR's Wikipedia passages does (`id`, `text`, `title`), that
/// line is no passage and the others are read by it; see `TabSeparatedHeader`.
struct TabSeparatedPassages {
    private let header: TabSeparatedHeader?

    /// - Parameter firstLine: the file's first line, which may be a header; `nil` where the file has none.
    init(firstLine: ArraySlice<UInt8>?) {
        header = firstLine.flatMap(TabSeparatedHeader.init)
    }

    /// The passage of a line, given without its ending; `nil` for the line of the header. Throws `PassageError`; limits
    /// are not checked.
    func passage(of line: ArraySlice<UInt8>, number: Int) throws(PassageError) -> Passage? {
        if let header { return number == 1 ? nil : try header.passage(of: line) }
        guard let (id, text) = Self.fields(of: line) else {
            throw PassageError(message: "has no tab; each line should be an id, a tab and a text")
        }
        guard let id, let text else {
            throw PassageError(message: "not valid UTF-8; convert the file to UTF-8")
        }
        return Passage(id: id, text: text)
    }

    /// The two fields, each `nil` where it is not UTF-8; `nil` where there is no tab.
    private static func fields(of line: ArraySlice<UInt8>) -> (id: String?, text: String?)? {
        line.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let found = memchr(base, 0x09, bytes.count) else { return nil }
            let tab = UnsafeRawPointer(found) - base
            return (
                String(validating: bytes[..<tab], as: UTF8.self), String(validating: bytes[(tab + 1)...], as: UTF8.self)
            )
        }
    }
}
