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
        var fields = event.metadata ?? [:]
        if let provided = metadataProvider?.get() { fields.merge(provided) { given, _ in given } }
        if !metadata.isEmpty { fields.merge(metadata) { given, _ in given } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        destination.write(event.level, event.message.description) { line in
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) { line.add(name, value) }
        }
    }
}
