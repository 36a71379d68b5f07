import HTTP

/// gzip for clients that ask for it (RFC 9110 §12.5.3): bodies of text types, from 1 KiB on where their length is known.
///
/// A response with `Cache-Control: no-transform` or a `Content-Encoding` of its own is left as it is.
enum ResponseCompression {
    /// Smaller bodies gain nothing: they fit one packet anyway.
    static let leastBytes = 1024

    static func middleware(_ next: @escaping HTTPHandler) -> HTTPHandler {
        { request, context in
            let response = try next(request, context)
            guard isCompressible(response), !response.headers.lists("Accept-Encoding", in: "Vary") else {
                return response
            }
            guard accepts(request.headers.values("Accept-Encoding")) else { return marked(response) }
            return packed(response) ?? marked(response)
        }
    }

    /// The response with its body compressed; nil where that is not possible or gains nothing.
    ///
    /// - Parameter level: zlib's, 1 to 9.
    static func packed(_ response: HTTPResponse, level: Int32 = GzipEncoder.fastest) -> HTTPResponse? {
        guard isCompressible(response) else { return nil }
        var packed = marked(response)
        switch response.body {
        case .none: return nil
        case .bytes(let bytes):
            guard let encoder = GzipEncoder(level: level), let body = encoder.finish(bytes), body.count < bytes.count
            else { return nil }
            packed.body = .bytes(body)
        case .stream(let stream):
            guard let body = compress(stream) else { return nil }
            packed.body = .stream(body)
        }
        packed.headers["Content-Encoding"] = "gzip"
        // The bytes are others than those which a strong tag names (RFC 9110 §8.8.3).
        if let tag = packed.headers["ETag"], tag.hasPrefix("\"") { packed.headers["ETag"] = "W/" + tag }
        return packed
    }

    /// The response, saying that others might get it compressed; as it is where nobody does.
    static func marked(_ response: HTTPResponse) -> HTTPResponse {
        guard isCompressible(response) else { return response }
        var marked = response
        marked.headers.add("Vary", "Accept-Encoding")
        return marked
    }

    private static func compress(_ stream: HTTPBodyStream) -> HTTPBodyStream? {
        guard let encoder = GzipEncoder() else { return nil }
        var isAtEnd = false
        return HTTPBodyStream {
            while !isAtEnd {
                guard let piece = try stream.next() else {
                    isAtEnd = true
                    guard let last = encoder.finish([]) else { throw GzipEncoder.Failure() }
                    return last
                }
                // What there is goes out at once: lines of a long answer should not wait for each other.
                guard let packed = encoder.encode(piece) else { throw GzipEncoder.Failure() }
                if !packed.isEmpty { return packed }
            }
            return nil
        }
    }

    private static func isCompressible(_ response: HTTPResponse) -> Bool {
        // A small body is the same for everybody.
        if case .bytes(let bytes) = response.body, bytes.count < leastBytes { return false }
        guard !response.status.forbidsBody, !response.headers.contains("Content-Encoding"),
            !response.headers.lists("no-transform", in: "Cache-Control"), let type = response.headers["Content-Type"]
        else { return false }
        let name = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        return name.hasPrefix("text/") || name.hasSuffix("json") || name.hasSuffix("javascript")
            || name.hasSuffix("xml")
    }

    /// Whether gzip is acceptable: named, or covered by `*`, with a weight over 0.
    static func accepts(_ fields: [String]) -> Bool {
        var others = false
        for element in fields.joined(separator: ",").split(separator: ",") {
            let parts = element.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let coding = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if coding == "gzip" || coding == "x-gzip" { return weight > 0 }
            if coding == "*" { others = weight > 0 }
        }
        return others
    }
}
