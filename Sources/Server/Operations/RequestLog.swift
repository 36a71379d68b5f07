import HTTP
import Logging

/// One line a request: who asked what of which route, what came of it and how long it took.
///
/// Never a query, a body or a key's secret. The path as it was sent is added from level debug on.
public struct RequestLog: Sendable {
    /// Longer text of clients is cut.
    private static let textLimit = 200

    private let destination: LogDestination

    public init(destination: LogDestination) { self.destination = destination }

    /// Writes the line; does not block.
    public func record(_ summary: RequestSummary) {
        let level: Logger.Level = summary.status >= 500 && summary.status != 503 ? .warning : .info
        let least = destination.level
        guard least <= level else { return }
        // The web page's files have names too.
        let isOfIndex = summary.routePattern?.hasPrefix("/v1/") == true
        let index = isOfIndex ? summary.parameters["name"] ?? summary.parameters["index"] : nil
        destination.write(level, "request") { line in
            line.add("id", summary.requestID)
            line.add("method", Self.cut(summary.method))
            line.add("route", summary.routePattern ?? "-")
            if least <= .debug { line.add("path", Self.cut(String(summary.path))) }
            if let index { line.add("index", Self.cut(index)) }
            line.add("status", summary.status)
            line.add(milliseconds: "ms", summary.duration)
            line.add("bytes_in", summary.requestBytes)
            line.add("bytes_out", summary.responseBytes)
            line.add("peer", summary.remoteAddress.description)
            if let client = summary.client { line.add("key", client.name) }
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= textLimit || text.unicodeScalars.count <= textLimit
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLimit))) + "…"
    }
}
