import Foundation
import TextFiles

/// Splits the lines of a file into columns at tabs and spaces, without making strings, and notes oddities.
struct ColumnReader {
    /// One row, valid only while the body of `forEachRow` runs.
    struct Row {
        let path: String
        fileprivate(set) var line = 0
        /// Number of columns, those beyond the eighth counted but not kept.
        fileprivate(set) var count = 0
        fileprivate var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        fileprivate var bounds = [(start: Int, end: Int)](repeating: (0, 0), count: Self.kept)
        fileprivate static let kept = 8

        subscript(column: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[bounds[column].start..<bounds[column].end])
        }

        /// A column as text, for messages and headers; empty where there is no such column.
        func text(_ column: Int) -> String {
            column < min(count, Self.kept) ? String(decoding: self[column], as: UTF8.self) : ""
        }

        func error(_ message: String) -> TextFileError {
            TextFileError(path: path, line: line, message: message)
        }

        /// Throws where the row lacks columns or has too many.
        func requireColumns(_ expected: Int, _ names: String) throws {
            guard count != expected else { return }
            throw error("\(count) \(count == 1 ? "column" : "columns") where \(expected) belong (\(names))")
        }
    }

    let path: String
    private(set) var warnings: [FileWarning] = []
    private let lines: LineReader
    private var firstSeparators: Separators = []
    private var warnedOfSeparators = false

    private struct Separators: OptionSet {
        let rawValue: UInt8
        static let tab = Separators(rawValue: 1)
        static let space = Separators(rawValue: 2)
    }

    /// Opens a file, `-` for standard input. Throws `TextFileError`.
    init(path: String) throws {
        self.path = path
        lines = try LineReader(path: path, maximumLineBytes: 1 << 20)
        // Looking into a pipe would take its beginning away from the reader.
        if lines.totalBytes != nil { warnings = Self.encodingWarnings(path: path) }
    }

    /// Calls `body` with each row that is not blank.
    mutating func forEachRow(_ body: (borrowing Row) throws -> Void) throws {
        var row = Row(path: path)
        while let line = try lines.next() {
            try line.bytes.withUnsafeBytes { bytes in
                row.bytes = bytes
                row.line = line.number
                let separators = Self.split(&row)
                guard row.count > 0 else { return }
                if separators != firstSeparators || separators.rawValue == 3 { note(separators, line: line.number) }
                try body(row)
            }
        }
    }

    private static func split(_ row: inout Row) -> Separators {
        let bytes = row.bytes
        var separators: Separators = []
        var position = 0
        var count = 0
        while true {
            var gap: Separators = []
            while position < bytes.count, isSeparator(bytes[position]) {
                gap.insert(bytes[position] == 0x09 ? .tab : .space)
                position += 1
            }
            guard position < bytes.count else { break }
            if count > 0 { separators.formUnion(gap) }
            let end = separator(in: bytes, from: position)
            if count < Row.kept { row.bounds[count] = (position, end) }
            count += 1
            position = end
        }
        row.count = count
        return separators
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Position of the next tab or space, or the row's end. Looks at eight bytes at a time for one below 0x21.
    private static func separator(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let small = (word &- 0x2121_2121_2121_2121) & ~word & 0x8080_8080_8080_8080
            if small == 0 {
                position += 8
            } else {
                position += small.trailingZeroBitCount / 8
                if isSeparator(bytes[position]) { return position }
                position += 1
            }
        }
        while position < bytes.count, !isSeparator(bytes[position]) { position += 1 }
        return position
    }

    private mutating func note(_ separators: Separators, line: Int) {
        guard !warnedOfSeparators else { return }
        if firstSeparators.isEmpty { firstSeparators = separators }
        guard separators != firstSeparators || separators == [.tab, .space] else { return }
        warnedOfSeparators = true
        warnings.append(
            FileWarning(
                path: path, line: line, message: "tabs and spaces both separate columns; both were taken as separators")
        )
    }

    /// A byte order mark or `\r\n` in a plain file's beginning; both are read over, but other tools stumble on them.
    private static func encodingWarnings(path: String) -> [FileWarning] {
        guard let file = FileHandle(forReadingAtPath: path), let head = try? file.read(upToCount: 1 << 16),
            !head.starts(with: [0x1F, 0x8B])
        else { return [] }
        var warnings: [FileWarning] = []
        if head.starts(with: [0xEF, 0xBB, 0xBF]) {
            warnings.append(FileWarning(path: path, line: 1, message: "begins with a byte order mark; it was dropped"))
        }
        if let carriageReturn = head.firstIndex(of: 0x0D), head[carriageReturn...].dropFirst().first == 0x0A {
            let line = 1 + head[..<carriageReturn].count { $0 == 0x0A }
            warnings.append(
                FileWarning(path: path, line: line, message: "line ends in \\r\\n (DOS); the \\r was dropped"))
        }
        return warnings
    }
}
