import Corpus
import HTTP
import JSON

/// Passages in a request's body, one after the other: a JSON array of them, or one a line (NDJSON), of any length.
struct PassageStream {
    /// A passage, or why there is none in its place.
    struct Element {
        /// 1 for the first: the line, or the place in the array.
        let position: Int
        let passage: Result<Passage, PassageError>
    }

    private enum Form {
        case unknown
        case lines
        case array
        /// The whole body is one passage.
        case single
    }

    /// Longest element, in bytes: text and metadata at their limits, with every character escaped.
    static let largestElement = 16 << 20
    /// Values of an element: as many as metadata at their limit have at most, and some.
    static let mostValues = 160_000

    private let body: HTTPBodyReader
    private let isSingle: Bool
    /// Where memory for elements that are longer than usual is asked for.
    private var memory: BodyMemory
    private var form = Form.unknown
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanner = JSONElementScanner()
    private var position = 0
    /// Reads on where the form is `lines`.
    private var lines: HTTPLineReader

    /// - Parameter contentType: `application/json` says that a body which is no array is one passage.
    init(_ body: HTTPBodyReader, contentType: String?, context: RequestContext) {
        self.body = body
        memory = BodyMemory(context)
        lines = HTTPLineReader(body, maxLineBytes: Self.largestElement, memory: memory)
        let type = contentType?.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        isSingle = type == "application/json"
    }

    /// Whether the body is NDJSON; known once the first element has been asked for.
    var isLines: Bool { if case .lines = form { true } else { false } }

    /// The next element, nil after the last; empty lines are passed over.
    ///
    /// Throws `HTTPError`: 400 where an array is not well-formed, 413 for an element that is too long, and what reading
    /// the body throws.
    mutating func next() throws(HTTPError) -> Element? {
        if case .unknown = form { try findForm() }
        switch form {
        case .lines: return try nextLine()
        case .array: return try nextOfArray()
        case .single: return try nextSingle()
        case .unknown: return nil
        }
    }

    /// Where the first character is `[`, the body is an array. A byte order mark before it is passed over.
    private mutating func findForm() throws(HTTPError) {
        while buffer.count < BodyText.headBytes, try readMore() {}
        start = try BodyText.markLength(buffer)
        while true {
            while start < buffer.count, JSONElementScanner.isSpace(buffer[start]) {
                if buffer[start] == 0x0A { position += 1 }
                start += 1
            }
            if start < buffer.count { break }
            guard try readMore() else { return }
        }
        if buffer[start] == UInt8(ascii: "[") {
            form = .array
            start += 1
            position = 0
        } else if isSingle {
            form = .single
            position = 0
        } else {
            form = .lines
            lines = HTTPLineReader(
                body, after: Array(buffer[start...]), maxLineBytes: Self.largestElement, memory: memory)
        }
    }

    private mutating func nextSingle() throws(HTTPError) -> Element? {
        while try readMore() {
            guard buffer.count <= Self.largestElement else { throw tooLong }
        }
        defer { start = buffer.count }
        return start < buffer.count ? element(buffer[start...]) : nil
    }

    private mutating func nextLine() throws(HTTPError) -> Element? {
        do throws(HTTPError) {
            while let line = try lines.next() {
                if let element = element(line[...]) { return element }
            }
            return nil
        } catch {
            throw error.code == HTTPLineReader.tooLongCode ? tooLong : error
        }
    }

    private mutating func nextOfArray() throws(HTTPError) -> Element? {
        while true {
            switch scanner.scan(buffer[start...]) {
            case .needsMore:
                guard buffer.count - start <= Self.largestElement else { throw tooLong }
                guard try readMore() else {
                    throw RequestBody.refuse(
                        "the array breaks off after element \(position); what came before it is stored",
                        code: "invalid_json")
                }
            case .element(let length, let skipped):
                let bytes = buffer[start + skipped..<start + skipped + length]
                start += skipped + length
                if let element = element(bytes) { return element }
            case .end(let length):
                start += length
                form = .unknown
                while try readMore() || start < buffer.count {
                    guard buffer[start...].allSatisfy(JSONElementScanner.isSpace) else {
                        throw RequestBody.refuse("something follows the end of the array", code: "invalid_json")
                    }
                    start = buffer.count
                }
                return nil
            case .malformed:
                throw RequestBody.refuse(
                    "the array is not well-formed after element \(position): a comma or ] is missing or misplaced; "
                        + "what came before it is stored",
                    code: "invalid_json")
            }
        }
    }

    private mutating func element(_ bytes: ArraySlice<UInt8>) -> Element? {
        position += 1
        if bytes.allSatisfy(JSONElementScanner.isSpace) { return nil }
        do {
            let passage = try Passage(json: JSONValue(parsing: bytes, valueLimit: Self.mostValues))
            return Element(position: position, passage: .success(passage))
        } catch let error as PassageError {
            return Element(position: position, passage: .failure(error))
        } catch {
            return Element(position: position, passage: .failure(PassageError(message: "is not JSON: \(error)")))
        }
    }

    private mutating func readMore() throws(HTTPError) -> Bool {
        guard let piece = try body.read() else { return false }
        buffer.removeFirst(start)
        start = 0
        buffer += piece
        try memory.hold(buffer.count)
        return true
    }

    private var tooLong: HTTPError {
        HTTPError(
            .contentTooLarge, code: "passage_too_long",
            message:
                "element \(position + 1) is longer than \(Self.largestElement) bytes; what came before it is stored")
    }
}
