/// Cuts a streamed request body into lines, as NDJSON needs.
///
///     var lines = HTTPLineReader(body, maxLineBytes: 1 << 20)
///     while let line = try lines.next() { … }
public struct HTTPLineReader {
    private let body: HTTPBodyReader
    private let maxLineBytes: Int
    private var memory: BodyMemory?
    private var buffer: [UInt8] = []
    private var start = 0
    /// Bytes after `start` in which there is no LF.
    private var searched = 0
    private var isAtEnd = false

    /// The `code` of the error for a line that is too long.
    public static let tooLongCode = "line_too_long"

    /// Lines of `maxLineBytes` bytes at most, the line end not counted.
    /// - Parameters:
    ///   - beginning: bytes that have been read from the body already.
    ///   - memory: where room for long lines is asked for.
    public init(
        _ body: HTTPBodyReader, after beginning: [UInt8] = [], maxLineBytes: Int, memory: BodyMemory? = nil
    ) {
        self.body = body
        self.memory = memory
        self.maxLineBytes = maxLineBytes
        buffer = beginning
    }

    /// The next line without its LF or CR LF, empty ones included; the last one needs no line end. Nil after it.
    /// - Throws: `HTTPError` 413 for a line that is too long, 503 where there is no memory for it, and what the body
    ///   reader throws.
    public mutating func next() throws(HTTPError) -> [UInt8]? {
        while true {
            if let newline = buffer[(start + searched)...].firstIndex(of: 0x0a) {
                return try take(upTo: newline, next: newline + 1)
            }
            searched = buffer.count - start
            if searched > maxLineBytes + 1 { throw tooLong }
            if isAtEnd {
                return searched > 0 ? try take(upTo: buffer.count, next: buffer.count) : nil
            }
            guard let piece = try body.read() else {
                isAtEnd = true
                continue
            }
            buffer.removeFirst(start)
            start = 0
            buffer += piece
            try memory?.hold(buffer.count)
        }
    }

    private mutating func take(upTo end: Int, next: Int) throws(HTTPError) -> [UInt8] {
        var line = buffer[start..<end]
        if line.last == 0x0d { line.removeLast() }
        if line.count > maxLineBytes { throw tooLong }
        start = next
        searched = 0
        return Array(line)
    }

    private var tooLong: HTTPError {
        HTTPError(
            .contentTooLarge, code: HTTPLineReader.tooLongCode, message: "A line is longer than \(maxLineBytes) bytes.")
    }
}
