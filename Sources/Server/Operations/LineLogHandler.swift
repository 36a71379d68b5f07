import Logging

/// swift-log's back end: a line an event, into a ``LogDestination``.
public struct LineLogHandler: LogHandler {
    private let destination: LogDestination
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    /// - Parameter label: not written; there is one program.
    public init(label: String, destination: LogDestination) { self.destination = destination }

    /// The destination's: one level for all loggers, which can be changed while they are in use.
    public var logLevel: Logger.Level {
        get { destination.level }
        set { destination.level = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private static let ranks = Dictionary(
        uniqueKeysWithValues: RequestLog.fields.enumerated().map { ($0.element, $0.offset) })

    public func log(event: LogEvent) {
        var line = LogLine(level: event.level, message: event.message.description)
        var fields = event.metadata ?? [:]
        if let provided = metadataProvider?.get() { fields.merge(provided) { given, _ in given } }
        if !metadata.isEmpty { fields.merge(metadata) { given, _ in given } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        // The fields of requests in the order in which people read them, others behind by name.
        line.fields = fields.map { (Self.ranks[$0.key] ?? .max, $0.key, LogLine.Value($0.value)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { ($0.1, $0.2) }
        destination.write(line.bytes(forPeople: destination.isForPeople))
    }
}
