import Corpus
import Foundation
import HTTP
import JSON
import PassageIndex

/// One request that stores passages: reads them, hands them to the writer in batches, and notes each one's result.
///
/// While a batch is encoded and committed the next is read. A batch is stored whole or not at all; where the request
/// breaks off, the batches before are stored, and their results say so.
struct PassageIngestion {
    private static let batchPassages = 1000
    private static let batchBytes = 4 << 20

    /// A batch that the writer has.
    private struct Submitted {
        let passages: [(position: Int, passage: Passage)]
        let change: GroupWriter.Pending
    }

    private let index: String
    private let begin: (GroupWriter.Change) throws -> GroupWriter.Pending
    private let context: RequestContext
    private let limits = PassageLimits()
    private var stream: PassageStream
    private var batch: [(position: Int, passage: Passage)] = []
    private var bytes = 0
    private var submitted: Submitted?
    private let results = ResultLog()
    private var (added, replaced, failed) = (0, 0, 0)

    /// - Parameter begin: hands a change to the index's writer, which is free again when it returns. Throws `HTTPError`, and
    ///   `IndexError` of kind `busy`.
    init(
        _ stream: PassageStream, index: String, context: RequestContext,
        begin: @escaping (GroupWriter.Change) throws -> GroupWriter.Pending
    ) {
        self.stream = stream
        self.index = index
        self.context = context
        self.begin = begin
    }

    /// Reads to the end of the body. Throws `HTTPError` only where the client has left.
    mutating func run() throws -> HTTPResponse {
        var failure: HTTPError?
        do {
            while let element = try stream.next() { try take(element) }
        } catch let error as HTTPError {
            failure = error
        }
        try context.checkCancelled()
        do {
            // What came before a fault in the body is stored.
            try submit()
            try finish()
        } catch let error as HTTPError {
            failure = failure ?? error
        }
        return response(failure)
    }

    private mutating func take(_ element: PassageStream.Element) throws {
        do {
            let passage = try element.passage.get()
            try passage.validate(limits: limits)
            batch.append((element.position, passage))
            bytes += passage.memoryBytes
            if batch.count >= Self.batchPassages || bytes >= Self.batchBytes { try submit() }
        } catch let error as PassageError {
            // Results stand in the order of the elements, so what is before this one comes first.
            failed += 1
            try note(["position": .integer(Int64(element.position)), "error": .string(error.message)])
        }
    }

    private mutating func submit() throws {
        guard !batch.isEmpty else { return }
        try finish()
        let passages = batch
        (batch, bytes) = ([], 0)
        while submitted == nil {
            do {
                submitted = Submitted(passages: passages, change: try begin(.add(passages.map(\.passage))))
            } catch let error as IndexError where error.kind == .busy {
                // Who sends a stream can wait; its connection does.
                try context.checkCancelled()
                usleep(10_000)
            } catch {
                throw notStored(passages, error)
            }
        }
    }

    /// Why a batch is not stored: the index has gone, the disk refuses, or what else it was.
    private mutating func notStored(_ passages: [(position: Int, passage: Passage)], _ error: any Error) -> HTTPError {
        failed += passages.count
        var refusal =
            error as? HTTPError ?? (error as? IndexError).map { HTTPError($0, index: index) }
            ?? HTTPError(HTTPStatus(507), code: "not_stored", message: HTTPError.withoutPaths("\(error)"))
        if refusal.code == "io_error" { refusal.code = "not_stored" }
        refusal.message =
            "passages \(passages.first?.position ?? 0) to \(passages.last?.position ?? 0) and those behind them are not "
            + "stored: \(refusal.message)"
        return refusal
    }

    /// Waits until the last batch is durable.
    private mutating func finish() throws {
        guard let batch = submitted else { return }
        submitted = nil
        let outcome: GroupWriter.Receipt
        do {
            outcome = try batch.change.receipt()
        } catch {
            throw notStored(batch.passages, error)
        }
        for ((position, passage), wasThere) in zip(batch.passages, outcome.found) {
            if wasThere { replaced += 1 } else { added += 1 }
            try note([
                "position": .integer(Int64(position)), "id": .string(passage.id),
                "result": wasThere ? "replaced" : "added",
            ])
        }
    }

    private func note(_ result: JSONValue) throws(HTTPError) {
        var bytes: [UInt8] = []
        result.write(to: &bytes)
        try results.append(bytes, separator: stream.isLines ? [0x0A] : Array(",\n".utf8))
    }

    private func response(_ failure: HTTPError?) -> HTTPResponse {
        var summary: [CodePoints: JSONValue] = [
            "added": .integer(Int64(added)), "replaced": .integer(Int64(replaced)), "failed": .integer(Int64(failed)),
            "complete": .bool(failure == nil),
        ]
        if let failure { summary["error"] = ["code": .string(failure.code), "message": .string(failure.message)] }
        var end: [UInt8] = []
        JSONValue.object(summary).write(to: &end)
        let body: HTTPResponse.Body
        if stream.isLines {
            body = results.body(from: [], to: (results.count > 0 ? [0x0A] : []) + end + [0x0A])
        } else {
            body = results.body(from: Array(#"{"results":["#.utf8), to: Array("],".utf8) + end.dropFirst() + [0x0A])
        }
        let isRefused = failed > 0 && added + replaced == 0
        var headers = failure?.headers ?? HTTPHeaders()
        headers.set("Content-Type", stream.isLines ? "application/x-ndjson" : "application/json")
        return HTTPResponse(
            status: failure?.status ?? (isRefused ? .badRequest : .ok), headers: headers, body: body)
    }
}
