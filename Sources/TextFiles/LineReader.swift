import Foundation

/// Reads the lines of a plain or gzip-compressed file, or of standard input, one after the other.
///
///     let lines = try LineReader(path: "collection.tsv.gz")
///     while let line = try lines.next() {
///         print(line.number, try line.text())
///     }
///
/// Compression is told by the content, not by the name. A byte order mark at the start is dropped, one of UTF-16 has the
/// file read as such, and `\r\n` ends a line as `\n` does. Memory stays bounded: a line over `maximumLineBytes` is an
/// error, after which reading can go on with the next line. After damage there is no next line.
public final class LineReader {
    /// One line without its ending.
    public struct Line {
        /// Path of the file, for messages.
        public let path: String
        /// Counted from 1.
        public let number: Int
        /// The line's bytes, unchecked.
        public let bytes: ArraySlice<UInt8>

        /// The line as text; throws `TextFileError` where it is not UTF-8.
        public func text() throws -> String {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw TextFileError(path: path, line: number, message: "not valid UTF-8; convert the file to UTF-8")
            }
            return text
        }
    }

    public let path: String
    /// Size of the file on disk in bytes; `nil` for standard input and pipes.
    public let totalBytes: Int?
    /// Number of the last line returned, 0 before the first.
    public private(set) var lineNumber = 0
    /// Whether reading had to stop before the end of the file.
    public private(set) var isDamaged = false

    /// Whether a byte order mark says how the file is encoded, once a line has been read.
    public private(set) var hasByteOrderMark = false

    private let file: FileBytes
    private let maximumLineBytes: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var atEnd = false
    /// What the file is read through where it is UTF-16, which its first bytes tell.
    private var utf16: UTF16Text?
    private var isEncodingKnown = false

    /// Opens a file; `-` is standard input. Throws `TextFileError`.
    public init(path: String, maximumLineBytes: Int = 64 << 20) throws {
        self.path = path
        self.maximumLineBytes = maximumLineBytes
        var status = stat()
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw TextFileError(path: path, message: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        let kind = status.st_mode & S_IFMT
        guard kind != S_IFDIR else {
            close(descriptor)
            throw TextFileError(path: path, message: "is a folder, not a file")
        }
        totalBytes = kind == S_IFREG ? Int(status.st_size) : nil
        guard let file = FileBytes(descriptor: descriptor) else {
            throw TextFileError(path: path, message: "cannot be opened: out of memory")
        }
        self.file = file
    }

    /// Bytes of the file on disk up to the last line returned; of a compressed file, up to what was decompressed, and of
    /// standard input and pipes, bytes after decompression.
    public var bytesRead: Int {
        let isCompressed = totalBytes != nil && file.isCompressed
        return max(0, isCompressed ? file.bytesRead : file.bytesGiven - (buffer.count - start))
    }

    /// The next line, or `nil` at the end. Throws `TextFileError` for damaged compression and overlong lines.
    public func next() throws -> Line? {
        var searched = start
        while true {
            if let end = newline(from: searched) {
                return line(upTo: end, nextStart: end + 1)
            }
            searched = buffer.count - start
            if atEnd {
                return start < buffer.count ? line(upTo: buffer.count, nextStart: buffer.count) : nil
            }
            guard searched <= maximumLineBytes else {
                try skipLine()
                throw TextFileError(
                    path: path, line: lineNumber, message: "line is longer than \(maximumLineBytes) bytes")
            }
            try fill()  // moves the unread bytes to the front
        }
    }

    /// Passes the rest of a line that is too long to be held.
    private func skipLine() throws {
        lineNumber += 1
        while !atEnd {
            start = buffer.count
            try fill()
            if let end = newline(from: start) {
                start = end + 1
                return
            }
        }
    }

    private func newline(from position: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard position < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + position, 0x0A, bytes.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    private func line(upTo end: Int, nextStart: Int) -> Line {
        lineNumber += 1
        var first = start
        var last = end
        start = nextStart
        if lineNumber == 1, last - first >= 3, buffer[first] == 0xEF, buffer[first + 1] == 0xBB,
            buffer[first + 2] == 0xBF
        {
            first += 3
            hasByteOrderMark = true
        }
        if last > first, buffer[last - 1] == 0x0D { last -= 1 }
        return Line(path: path, number: lineNumber, bytes: buffer[first..<last])
    }

    private func fill() throws {
        let chunk = 1 << 18
        buffer.removeSubrange(0..<start)
        start = 0
        do {
            let count = try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: chunk) { bytes -> Int in
                let count = try file.read(into: bytes)
                append(bytes.prefix(count))
                return count
            }
            guard count == 0 else { return }
            atEnd = true
            utf16?.finish(&buffer)
        } catch let damage as FileBytes.Damage {
            isDamaged = true
            atEnd = true
            start = buffer.count
            throw TextFileError(path: path, line: lineNumber + 1, message: damage.message)
        }
    }

    private func append(_ bytes: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        if !isEncodingKnown, !bytes.isEmpty {
            // A read fills its buffer unless the file ends, so both bytes of a mark come at once.
            isEncodingKnown = true
            utf16 = UTF16Text(mark: bytes)
            hasByteOrderMark = utf16 != nil
            if hasByteOrderMark { return append(bytes.dropFirst(2)) }
        }
        if utf16 == nil { buffer.append(contentsOf: bytes) } else { utf16?.append(bytes, to: &buffer) }
    }
}
