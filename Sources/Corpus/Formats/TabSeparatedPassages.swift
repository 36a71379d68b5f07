import Foundation

/// Reads `id<TAB>text`. Everything after the first tab is the text, further tabs included.
enum TabSeparatedPassages {
    /// The passage of a line, given without its ending. Throws `PassageError`; limits are not checked.
    static func passage(of line: ArraySlice<UInt8>) throws(PassageError) -> Passage {
        guard let (id, text) = fields(of: line) else {
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
