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

    public func log(event: LogEvent) {
        var line = LogLine(level: event.level, message: event.message.description)
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        // The fields of requests in the order in which people read them, others behind by name.
        let order = RequestLog.fields
        func rank(_ name: String) -> Int { order.firstIndex(of: name) ?? order.count }
        line.fields = fields.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }.map {
            ($0.key, LogLine.Value($0.value))
        }
        destination.write(line.bytes(forPeople: destination.isForPeople))
    }
}
