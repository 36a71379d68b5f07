import HTTP
import JSON
import LinearAlgebra
import Search

/// What one request's answer may take, and how it asks for what it takes.
struct AnswerBudget {
    /// What no memory is asked for.
    private static let free = 256 << 10

    /// Largest answer, in bytes (`server.response_bytes`).
    let responseBytes: Int
    let context: RequestContext

    /// Whether the request is still wanted.
    var cancellation: Cancellation { Cancellation { [context] in context.isCancelled } }

    /// What a search may take.
    var search: SearchBudget {
        SearchBudget(cancellation: cancellation, responseBytes: responseBytes) { [context] bytes in
            try context.reserve(bytes: bytes)
        }
    }

    /// Throws `HTTPError` 422 `response_too_large`.
    func check(_ bytes: Int) throws(HTTPError) {
        guard bytes <= responseBytes else { throw Self.tooLarge("the answer would have over \(responseBytes) bytes") }
    }

    static func tooLarge(_ message: String) -> HTTPError {
        HTTPError(
            .unprocessableContent, code: "response_too_large", message: "\(message) (server.response_bytes)")
    }

    /// An answer as JSON. Throws `HTTPError` 422 where it is too large after all.
    func json(_ value: JSONValue) throws(HTTPError) -> HTTPResponse {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(value.writtenBytes, responseBytes) + 1)
        value.write(to: &bytes)
        bytes.append(0x0A)
        try check(bytes.count)
        return .json(bytes)
    }

    /// JSON that is written while it is made, so that an answer is in memory once at most.
    struct Text {
        private let budget: AnswerBudget
        private(set) var bytes: [UInt8] = []
        private var reserved = AnswerBudget.free

        init(_ budget: AnswerBudget) { self.budget = budget }

        /// Adds a value, or text that is JSON already. Throws `HTTPError`: 422 where the answer is too large, 503 where all
        /// answers together are.
        mutating func append(_ value: JSONValue) throws(HTTPError) {
            value.write(to: &bytes)
            try count()
        }

        mutating func append(text: StaticString) throws(HTTPError) {
            bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            try count()
        }

        private mutating func count() throws(HTTPError) {
            try budget.check(bytes.count)
            // An array that grows has room for up to twice what is in it.
            guard 2 * bytes.count > reserved else { return }
            let more = max(1 << 20, 2 * bytes.count - reserved)
            try budget.context.reserve(bytes: more)
            reserved += more
        }
    }
}
