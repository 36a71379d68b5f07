@preconcurrency import Dispatch
import PassageIndex
import Ranking
import Search
import Synchronization

/// The indexes that a server serves: all of a folder, also those that other processes make, drop or replace meanwhile.
///
///     let registry = IndexRegistry(source)
///     let response = try registry.withEngine("notes") { try $0.search(request) }
///     let receipt = try registry.withWriter("notes") { try $0.perform(.add(passages)) }
///     registry.close()
public final class IndexRegistry: Sendable {
    private static let writerPause = Duration.seconds(5)

    private let source: Mutex<IndexSource>
    private let indexes = Mutex<[String: ServedIndex]>([:])
    private let sweep: any DispatchSourceTimer

    public init(_ source: IndexSource) {
        self.source = Mutex(source)
        sweep = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "index-registry"))
        sweep.setEventHandler { [weak self] in self?.closeUnusedWriters() }
        sweep.schedule(deadline: .now() + 1, repeating: 1)
        sweep.activate()
    }

    deinit { sweep.cancel() }

    // MARK: Use

    /// Names of all indexes in the folder, sorted.
    public var names: [String] { IndexFolder.names(in: source.withLock(\.folder)) }

    /// Opens all indexes; what fails is told by name, and does not keep the others from being served.
    @discardableResult
    public func openAll() -> [(name: String, result: Result<SearchEngine, any Error>)] {
        names.map { name in (name, Result { try index(name).engine() }) }
    }

    /// The engines that are open now, by name.
    public var openedEngines: [(name: String, engine: SearchEngine)] {
        indexes.withLock { $0 }.compactMap { name, index in index.openedEngine.map { (name, $0) } }
            .sorted { $0.name < $1.name }
    }

    /// Works with an index's engine. One that has changed its models since it was opened is opened anew, once.
    ///
    /// Throws `IndexError` (`missing` where there is no such index), what opening throws, and what `body` throws.
    public func withEngine<Result>(_ name: String, _ body: (SearchEngine) throws -> Result) throws -> Result {
        let index = try index(name)
        let engine = try index.engine()
        do {
            return try body(engine)
        } catch let error as IndexError where error.kind == .mismatch {
            index.close(engine)
            return try body(index.engine())
        }
    }

    /// Works with an index's writer, which nobody else has meanwhile. Throws as `withEngine`, and `IndexError` of kind
    /// `locked` where another process writes.
    public func withWriter<Result>(_ name: String, _ body: (GroupWriter) throws -> Result) throws -> Result {
        // The engine shows whether the models are still those of the index.
        try withEngine(name) { _ = try $0.reader.withSnapshot { try $0.passageCount } }
        return try index(name).withWriter(body)
    }

    private func index(_ name: String) throws -> ServedIndex {
        let source = source.withLock { $0 }
        let folder = try IndexFolder(name: name, in: source.folder)
        let exists = folder.exists
        return try indexes.withLock { indexes in
            guard exists else {
                indexes[name] = nil
                throw IndexError(.missing, name, "there is no index of this name")
            }
            if let index = indexes[name] { return index }
            let index = ServedIndex(folder, open: source.open)
            indexes[name] = index
            return index
        }
    }

    // MARK: Change

    /// Makes an index, empty, with the models of this server or without any.
    ///
    /// - Parameter settings: makes the settings of the models that the index will have.
    /// Throws `IndexError` (`exists`, `invalid`) and what loading the models throws.
    public func create(
        _ name: String, isLexicalOnly: Bool, settings: (ModelSet) throws -> IndexSettings
    ) throws {
        let source = source.withLock { $0 }
        let folder = try IndexFolder(name: name, in: source.folder)
        guard !folder.exists else { throw IndexError(.exists, name, "there is an index of this name already") }
        let models = isLexicalOnly ? .none : try source.models()
        _ = try IndexWriter(folder, settings: settings(models), models: models)
    }

    /// Removes an index and everything in it. Searches that run finish on what they have open.
    ///
    /// Throws `IndexError`: `missing`, or `locked` where another process writes to it.
    public func drop(_ name: String) throws {
        let index = try index(name)
        index.closeWriter(unusedFor: .zero)
        try index.folder.remove()
        _ = indexes.withLock { $0.removeValue(forKey: name) }
    }

    /// Opens what is open anew with another configuration. What runs goes on with what it has.
    ///
    /// Throws what opening throws, and then everything stays as it was; an index that is no longer there is no fault.
    public func reload(_ source: IndexSource) throws {
        var fresh: [String: ServedIndex] = [:]
        for (name, _) in openedEngines {
            let index = ServedIndex(try IndexFolder(name: name, in: source.folder), open: source.open)
            guard index.folder.exists else { continue }
            _ = try index.engine()
            fresh[name] = index
        }
        self.source.withLock { $0 = source }
        replaceAll(by: fresh)
    }

    /// Writes what waits and lets all indexes go.
    public func close() { replaceAll(by: [:]) }

    private func replaceAll(by fresh: [String: ServedIndex]) {
        let old = indexes.withLock { indexes in
            defer { indexes = fresh }
            return indexes
        }
        for index in old.values { index.retire() }
    }

    private func closeUnusedWriters() {
        for index in indexes.withLock({ Array($0.values) }) { index.closeWriter(unusedFor: Self.writerPause) }
    }
}
