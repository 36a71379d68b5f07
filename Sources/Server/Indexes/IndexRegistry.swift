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

    /// Names of all indexes in the folder, sorted. Throws `IndexError` where the folder is not there or must not be read.
    public var names: [String] {
        get throws { try IndexFolder.names(in: source.withLock(\.folder)) }
    }

    /// Opens all indexes; what fails is told by name, and does not keep the others from being served. Throws as `names`.
    @discardableResult
    public func openAll() throws -> [(name: String, result: Result<SearchEngine, any Error>)] {
        try names.map { name in (name, Result { try index(name).engine() }) }
    }

    /// Throws `IndexError` where the folder of all indexes is not there or must not be used.
    public func checkFolder() throws { try IndexFolder.check(indexes: source.withLock(\.folder)) }

    /// The engines that are open now, by name.
    public var openedEngines: [(name: String, engine: SearchEngine)] {
        indexes.withLock { $0 }.compactMap { name, index in index.openedEngine.map { (name, $0) } }
            .sorted { $0.name < $1.name }
    }

    /// Works with an index's engine. One that has changed its models since it was opened, or whose files others have
    /// changed, is opened anew, once.
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
        } catch let error as IndexError where error.kind == .replaced {
            // The writer of this process must let the files go too.
            index.closeWriter(unusedFor: .zero)
            return try body(engine)
        }
    }

    /// Works with an index's writer. Throws as `withEngine`, and `IndexError` of kind `locked` where another process
    /// writes.
    public func withWriter<Result>(_ name: String, _ body: (IndexWriting) throws -> Result) throws -> Result {
        // The engine shows whether the models are still those of the index.
        try withEngine(name) { _ = try $0.reader.withSnapshot { try $0.passageCount } }
        return try index(name).withWriting(body)
    }

    private func index(_ name: String) throws -> ServedIndex {
        let source = source.withLock { $0 }
        let folder = try IndexFolder(name: name, in: source.folder)
        guard try folder.isThere() else {
            // What was here, and was removed by hand, must not write on.
            let gone = indexes.withLock { indexes in
                indexes[name].flatMap { $0.folder == folder ? indexes.removeValue(forKey: name) : nil }
            }
            gone?.retireDropped()
            throw IndexError(.missing, name, "there is no index of this name")
        }
        return served(name, folder, source)
    }

    /// The one object of this process for an index, which may not be there yet.
    private func served(_ name: String, _ folder: IndexFolder, _ source: IndexSource) -> ServedIndex {
        indexes.withLock { indexes in
            if let index = indexes[name], index.folder == folder { return index }
            let index = ServedIndex(folder, open: source.open)
            indexes[name] = index
            return index
        }
    }

    /// Takes an index out of the registry, unless another has its place already.
    private func forget(_ name: String, _ index: ServedIndex) {
        indexes.withLock { if $0[name] === index { $0[name] = nil } }
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
        guard try !folder.isThere() else { throw IndexError(.exists, name, "there is an index of this name already") }
        let models = isLexicalOnly ? .none : try source.models()
        let index = served(name, folder, source)
        do {
            try index.create {
                _ = try IndexWriter(folder, settings: settings(models), models: models, expecting: .absent)
            }
        } catch {
            if !folder.exists { forget(name, index) }
            throw error
        }
    }

    /// Removes an index and everything in it. Searches that run finish on what they have open, changes that wait are
    /// written first, and what comes later finds no such index.
    ///
    /// Throws `IndexError`: `missing`, or `locked` where another process writes to it.
    public func drop(_ name: String) throws {
        let index = try index(name)
        try index.drop { forget(name, index) }
    }

    /// Opens what is open anew with another configuration. What runs goes on with what it has.
    ///
    /// An index that is no longer there is no fault; one that cannot be opened stays as it was.
    ///
    /// - Returns: what could not be opened, by name, with the reasons.
    @discardableResult
    public func reload(_ source: IndexSource) -> [(name: String, error: any Error)] {
        self.source.withLock { $0 = source }
        var failures: [(name: String, error: any Error)] = []
        for (name, index) in indexes.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            guard index.folder.path == source.folder + "/" + name else {
                forget(name, index)
                index.retire()
                continue
            }
            guard index.folder.exists else { continue }
            do { try index.reopen(source.open) } catch { failures.append((name, error)) }
        }
        return failures
    }

    /// Writes what waits and lets all indexes go.
    public func close() {
        let old = indexes.withLock { indexes in
            defer { indexes = [:] }
            return indexes
        }
        for index in old.values { index.retire() }
    }

    private func closeUnusedWriters() {
        for index in indexes.withLock({ Array($0.values) }) { index.closeWriter(unusedFor: Self.writerPause) }
    }
}
