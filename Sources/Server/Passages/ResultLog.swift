import Foundation
import HTTP

/// Results that gather while a request's body is read and are sent when it is done: in memory, and beyond a mebibyte in a
/// temporary file without a name, so that a body of any length has them.
final class ResultLog {
    private static let memoryBytes = 1 << 20
    private static let pieceBytes = 64 << 10
    /// Bytes that all results of a request may have in the file.
    static let mostBytes = 1 << 30

    private var bytes: [UInt8] = []
    private var file: UnnamedFile?
    private(set) var count = 0
    private var total = 0

    /// Adds a result behind a separator. Throws `HTTPError` 413 where there are too many, 507 where the temporary file
    /// cannot grow.
    func append(_ result: [UInt8], separator: [UInt8]) throws(HTTPError) {
        total += result.count + separator.count
        guard total <= Self.mostBytes else {
            throw HTTPError(
                .contentTooLarge, code: "too_many_results",
                message: "the results of one request have over \(Self.mostBytes) bytes; send the rest in another one")
        }
        if count > 0 { bytes += separator }
        bytes += result
        count += 1
        if bytes.count >= Self.memoryBytes { try spill() }
    }

    private func spill() throws(HTTPError) {
        do {
            let file = try file ?? UnnamedFile()
            self.file = file
            try file.append(bytes)
            bytes = []
        } catch let error as POSIXError where [.EMFILE, .ENFILE, .ENOMEM].contains(error.code) {
            throw HTTPError(
                .serviceUnavailable, code: "too_busy",
                message: "the server has no room for the results now; try again later", headers: ["Retry-After": "1"])
        } catch {
            throw HTTPError(
                HTTPStatus(507), code: "io_error",
                message: "the results do not fit the server's temporary folder: \(error.localizedDescription)")
        }
    }

    /// All results between a beginning and an end, as a response's body.
    func body(from start: [UInt8], to end: [UInt8]) -> HTTPResponse.Body {
        guard let file else { return .bytes(start + bytes + end) }
        let rest = bytes + end
        var offset = -1
        return .stream(
            HTTPBodyStream {
                if offset < 0 {
                    offset = 0
                    if !start.isEmpty { return start }
                }
                if offset == .max { return nil }
                let piece = try file.read(at: offset, limit: ResultLog.pieceBytes)
                offset = piece.isEmpty ? .max : offset + piece.count
                return piece.isEmpty ? rest : piece
            })
    }
}
