import Glibc

/// An incremental HTTP/1.1 request parser: bytes in, events out, no I/O.
///
///     var parser = HTTPRequestParser(), offset = 0
///     while case let event = try parser.next(input, offset: &offset), event.isProgress { … }
///
/// It takes pieces of any size, cut anywhere; where they are cut never changes the events (only how a body is cut into
/// `body` events) nor the errors. It is strict where leniency would let two parsers disagree on where a request ends
/// (RFC 9112 §11.2): lines end in CRLF, never in a bare LF; no folded lines; no space before a colon; one length or one
/// `chunked`, never both; exactly one Host. Unlike most servers it refuses repeated equal lengths too. After an error the
/// connection must be closed: every further call throws the same error.
public struct HTTPRequestParser: Sendable {
    /// What a head may measure. The body's limit is ``HTTPRequestParser/bodyLimit``, since it can depend on the head.
    public struct Limits: Sendable {
        /// Bytes of the request target; beyond: 414.
        public var targetBytes = 8192
        /// Bytes of request line, fields and line ends together, and of a chunked body's trailer; beyond: 431.
        public var headerBytes = 32768
        /// Fields in a head or trailer; beyond: 431.
        public var headerCount = 100

        public init() {}
    }

    /// What the next bytes meant.
    public enum Event: Sendable {
        /// All input is used up; the message goes on in the next piece.
        case needsInput
        case head(HTTPRequestHead)
        /// A run of body bytes, as a range of the input given to this call.
        case body(Range<Int>)
        /// The request is complete. The next call begins another.
        case end

        /// Whether there may be more events in the same input.
        public var isProgress: Bool { if case .needsInput = self { false } else { true } }
    }

    enum State: Sendable {
        case requestLine
        case fields
        case body(remaining: Int)
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailer
        case failed(HTTPError)
    }

    /// Bytes that a body may have; beyond: 413. Counted over a chunked body's chunks without their framing.
    public var bodyLimit = Int.max

    let limits: Limits
    var state = State.requestLine
    /// The head so far, or the current line of a chunked body's framing.
    var buffer: [UInt8] = []
    var lineStart = 0
    var fields: [HTTPHeaders.Field] = []
    var draft = HeadDraft()
    var bodyBytes = 0
    var trailerBytes = 0
    var trailerCount = 0

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Whether no byte of the next request has come yet.
    public var isBetweenRequests: Bool {
        if case .requestLine = state { buffer.isEmpty } else { false }
    }

    /// Whether the next event is `end` and needs no further input.
    var isEndPending: Bool {
        if case .body(remaining: 0) = state { true } else { false }
    }

    /// The next event in `input[offset...]`; `offset` moves behind what was used.
    public mutating func next(
        _ input: UnsafeBufferPointer<UInt8>, offset: inout Int
    ) throws(HTTPError) -> Event {
        do throws(HTTPError) {
            return try step(input, &offset)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func step(
        _ input: UnsafeBufferPointer<UInt8>, _ offset: inout Int
    ) throws(HTTPError) -> Event {
        while true {
            switch state {
            case .requestLine, .fields:
                if buffer.isEmpty { buffer.reserveCapacity(min(max(input.count - offset, 64), 1024)) }
                guard try takeLine(input, &offset) else { return .needsInput }
                if let head = try headLine() { return .head(head) }
            case .body(let remaining):
                if remaining == 0 { return finish() }
                let count = min(remaining, input.count - offset)
                if count == 0 { return .needsInput }
                state = .body(remaining: remaining - count)
                defer { offset += count }
                return .body(offset..<offset + count)
            case .chunkSize:
                guard try takeLine(input, &offset) else { return .needsInput }
                try chunkSizeLine()
            case .chunk(let remaining):
                if remaining == 0 {
                    state = .chunkEnd
                    continue
                }
                let count = min(remaining, input.count - offset)
                if count == 0 { return .needsInput }
                state = .chunk(remaining: remaining - count)
                defer { offset += count }
                return .body(offset..<offset + count)
            case .chunkEnd:
                guard try takeChunkEnd(input, &offset) else { return .needsInput }
            case .trailer:
                guard try takeLine(input, &offset) else { return .needsInput }
                if try trailerLine() { return finish() }
            case .failed(let error):
                throw error
            }
        }
    }

    private mutating func finish() -> Event {
        state = .requestLine
        buffer.removeAll(keepingCapacity: true)
        lineStart = 0
        trailerBytes = 0
        trailerCount = 0
        return .end
    }

    /// Appends input to `buffer` up to and including the next LF; false where there is none yet.
    private mutating func takeLine(
        _ input: UnsafeBufferPointer<UInt8>, _ offset: inout Int
    ) throws(HTTPError) -> Bool {
        let available = input.count - offset
        guard available > 0, let base = input.baseAddress else { return false }
        let start = base + offset
        let newline = memchr(start, 0x0a, available)
        let count = newline.map { start.distance(to: $0.assumingMemoryBound(to: UInt8.self)) + 1 } ?? available
        // Checked before the copy, so that the buffer never outgrows its limit.
        try checkLimits(lineBytes: buffer.count - lineStart + count, total: buffer.count + count)
        buffer.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
        offset += count
        guard newline != nil else { return false }
        guard buffer.count - lineStart >= 2, buffer[buffer.count - 2] == 0x0d else {
            throw .badRequest("bare_line_feed", "A line ends in LF without CR; lines of a request end in CR LF.")
        }
        return true
    }

    private func checkLimits(lineBytes: Int, total: Int) throws(HTTPError) {
        switch state {
        case .requestLine:
            // The longest line around a target of the allowed length: method, two spaces, version, CR LF, and some.
            if lineBytes > limits.targetBytes + 64 {
                throw HTTPError(
                    .uriTooLong, code: "uri_too_long",
                    message: "The request line is longer than \(limits.targetBytes) bytes of target allow.")
            }
        case .chunkSize:
            if lineBytes > 256 {
                throw .badRequest("bad_chunk", "A chunk's size line is longer than 256 bytes.")
            }
        default:
            if total + trailerBytes > limits.headerBytes {
                throw HTTPError(
                    .headerFieldsTooLarge, code: "header_too_large",
                    message: "The header is larger than \(limits.headerBytes) bytes.")
            }
        }
    }
}
