import HTTP

/// Unpacks request bodies that come in gzip, within limits; other codings are refused with 415 (RFC 9110 §15.5.16).
///
/// A body that a route takes whole may have, unpacked, as many bytes as one that was sent unpacked. One that is read as it
/// comes is unpacked as it comes.
struct BodyDecoding: HTTPBodyDecoding {
    /// Streamed bodies may unpack to this many bytes whatever their packed size ...
    static let freeBytes = 16 << 20
    /// ... and beyond that to so many times their packed size; texts stay below 20, and gzip can do 1000.
    static let largestRatio = 100
    private static let pieceBytes = 256 << 10

    func check(_ headers: HTTPHeaders) throws {
        guard headers.contains("Content-Encoding") else { return }
        // What says nothing of a body has none.
        guard headers.contains("Content-Length") || headers.contains("Transfer-Encoding") else { return }
        _ = try Self.isPacked(headers)
    }

    func decoded(_ request: HTTPRequest, limit: Int) throws -> HTTPRequest {
        guard request.bodyReader != nil || !request.body.isEmpty, try Self.isPacked(request.headers) else {
            return request
        }
        guard let decoder = GzipDecoder() else {
            throw HTTPError(.serviceUnavailable, code: "overloaded", message: "there is no memory to unpack the body")
        }
        var decoded = request
        if let reader = request.bodyReader {
            decoded.bodyReader = Self.reader(of: reader, decoder, limit: limit)
        } else {
            decoded.body = try Self.unpack(request.body, decoder, limit: limit)
        }
        return decoded
    }

    /// Whether the body is in gzip; false where it is in no coding. Throws `HTTPError` 415 for any other.
    private static func isPacked(_ headers: HTTPHeaders) throws(HTTPError) -> Bool {
        let codings = headers.values("Content-Encoding").joined(separator: ",").split(separator: ",")
            .map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }.filter { !$0.isEmpty && $0 != "identity" }
        let unknown = codings.filter { $0 != "gzip" && $0 != "x-gzip" }
        guard unknown.isEmpty, codings.count <= 1 else {
            let named = String((unknown.first ?? codings.joined(separator: ", ")).prefix(64))
            throw HTTPError(
                .unsupportedMediaType, code: "unsupported_content_coding",
                message: "Content-Encoding \(named.debugDescription) is not understood here; send the body as it is, "
                    + "or in gzip, once", headers: ["Accept-Encoding": "gzip"])
        }
        return !codings.isEmpty
    }

    private static func unpack(_ body: [UInt8], _ decoder: GzipDecoder, limit: Int) throws(HTTPError) -> [UInt8] {
        var unpacked: [UInt8] = []
        decoder.feed(body)
        while let piece = try decoder.next(atMost: min(pieceBytes, max(4096, body.count * 4))) {
            guard unpacked.count + piece.count <= limit else {
                throw HTTPError(
                    .contentTooLarge, code: "body_too_large",
                    message: "the request body is larger, unpacked, than the \(limit) bytes allowed here")
            }
            unpacked += piece
        }
        try decoder.finish()
        return unpacked
    }

    private static func reader(of body: HTTPBodyReader, _ decoder: GzipDecoder, limit: Int) -> HTTPBodyReader {
        let decoder = Confined(decoder)
        return HTTPBodyReader(reading: { () throws(HTTPError) -> [UInt8]? in
            let decoder = decoder.value
            while true {
                if let piece = try decoder.next(atMost: pieceBytes) {
                    try check(decoder, limit: limit)
                    return piece
                }
                guard let packed = try body.read() else {
                    try decoder.finish()
                    return nil
                }
                decoder.feed(packed)
            }
        })
    }

    private static func check(_ decoder: GzipDecoder, limit: Int) throws(HTTPError) {
        let isWithin =
            decoder.unpackedBytes <= limit
            && (decoder.unpackedBytes <= freeBytes
                || decoder.unpackedBytes / largestRatio <= decoder.packedBytes)
        guard isWithin else {
            throw HTTPError(
                .contentTooLarge, code: "body_too_large",
                message: "the request body unpacks to more than \(largestRatio) times its size, which is allowed up to "
                    + "\(min(freeBytes, limit)) bytes; send it in parts, or as it is")
        }
    }

    /// A decoder that the one thread uses which reads the body.
    private struct Confined: @unchecked Sendable {
        // Unchecked: a body is read by one thread at a time, as HTTPBodyReader's readers are.
        let value: GzipDecoder

        init(_ value: GzipDecoder) { self.value = value }
    }
}
