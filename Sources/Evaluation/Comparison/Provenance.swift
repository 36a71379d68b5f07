/// What made a run: enough to make it again and to tell whether two runs may be compared.
public struct Provenance: Codable, Sendable, Equatable {
    /// Version of the program.
    public var version: String?
    /// The index searched, and its fingerprint.
    public var index: String?
    public var indexFingerprint: String?
    /// Fingerprints of the models by name.
    public var models: [String: String]
    /// The pipeline in words or YAML.
    public var pipeline: String?
    /// Processor, cores and memory.
    public var machine: String?
    /// Start of the run, ISO 8601.
    public var date: String?

    enum CodingKeys: String, CodingKey {
        case version, index, models, pipeline, machine, date
        case indexFingerprint = "index_fingerprint"
    }

    public init(
        version: String? = nil, index: String? = nil, indexFingerprint: String? = nil, models: [String: String] = [:],
        pipeline: String? = nil, machine: String? = nil, date: String? = nil
    ) {
        self.version = version
        self.index = index
        self.indexFingerprint = indexFingerprint
        self.models = models
        self.pipeline = pipeline
        self.machine = machine
        self.date = date
    }

    /// What is known, as names and values for a table.
    var lines: [(name: String, value: String)] {
        let modelLines = models.sorted { $0.key < $1.key }.map { ("model \($0.key)", Optional($0.value)) }
        let all =
            [("version", version), ("index", index), ("index fingerprint", indexFingerprint)] + modelLines
            + [("pipeline", pipeline), ("machine", machine), ("date", date)]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
