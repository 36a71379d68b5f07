import HTTP
import Logging

/// One line a request: who asked what of which route, what came of it and how long it took.
///
/// Never a query, a body or a key's secret. The path as it was sent is added from level debug on.
public struct RequestLog: Sendable {
    /// In the order in which they are written.
    static let fields = [
        "id", "method", "route", "path", "index", "status", "ms", "bytes_in", "bytes_out", "peer", "key",
    ]
    /// Longer text of clients is cut.
    private static let textLimit = 200

    private let logger: Logger

    public init(logger: Logger) { self.logger = logger }

    /// Writes the line; does not block.
    public func record(_ summary: RequestSummary) {
        let level: Logger.Level = summary.status >= 500 && summary.status != 503 ? .warning : .info
        guard logger.logLevel <= level else { return }
        var fields: Logger.Metadata = [
            "id": .string(summary.requestID), "method": .string(Self.cut(summary.method)),
            "route": .string(summary.routePattern ?? "-"), "status": .stringConvertible(summary.status),
            "ms": .stringConvertible((summary.duration / .microseconds(1)).rounded() / 1000),
            "bytes_in": .stringConvertible(summary.requestBytes),
            "bytes_out": .stringConvertible(summary.responseBytes), "peer": .string(summary.remoteAddress.description),
        ]
        // The web page's files have names too.
        if summary.routePattern?.hasPrefix("/v1/") == true,
            let index = summary.parameters["name"] ?? summary.parameters["index"]
        {
            fields["index"] = .string(Self.cut(index))
        }
        if let client = summary.client { fields["key"] = .string(client.name) }
        if logger.logLevel <= .debug { fields["path"] = .string(Self.cut(summary.path)) }
        logger.log(level: level, "request", metadata: fields)
    }

    private static func cut(_ text: String) -> String {
        text.unicodeScalars.count <= textLimit
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLimit))) + "…"
    }
}
