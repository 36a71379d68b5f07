import Corpus
import Foundation
import HTTP
import PassageIndex
import Ranking
import Search
import Server

/// The routes of the REST interface over two small indexes and a tiny model, without sockets. Requests may change it;
/// then another takes its place, so that what one input does never depends on those before.
final class FuzzedSite {
    let routes: RouteTable
    /// Whether a request may have changed anything.
    var isChanged = false
    private let registry: IndexRegistry
    private let folder: String

    /// Makes a site in a new folder.
    ///
    /// - Parameter template: a folder of indexes, which is copied.
    init(copying template: String, to folder: String, models: ModelSet) throws {
        self.folder = folder
        try FileManager.default.copyItem(atPath: template, toPath: folder)
        registry = IndexRegistry(
            IndexSource(folder: folder) { folder in
                try SearchEngine(reader: IndexReader(folder, models: models), models: models)
            } models: {
                ModelSet(colbert: models.colbert, tilde: models.tilde)
            })
        let operations = ServerOperations(
            access: AccessControl(keys: nil), information: ServerInformation(version: "fuzzed"))
        operations.readiness.phase = .serving
        let interface = RESTInterface(registry: registry, models: ServedModels { models }, operations: operations)
        routes = RouteTable(interface.router(), errorResponse: HTTPServer.Configuration.defaultErrorResponse)
    }

    deinit {
        registry.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Makes the indexes that sites begin with.
    static func makeTemplate(_ folder: String, models: ModelSet) throws {
        let passages = [
            Passage(id: "dia", text: "Dia draws network diagrams.", metadata: ["section": "graphics", "size": 3]),
            Passage(id: "nmap", text: "Nmap explores a network.", metadata: ["section": "net", "tags": ["a", "b"]]),
            Passage(id: "a/b", text: "Ein Netz, 网络图, caf\u{E9}."),
            Passage(id: "cafe\u{301}", text: "Files and cafe\u{301}s."),
        ]
        for (name, models) in [("demo", ModelSet.none), ("tokens", models)] {
            let writer = try IndexWriter(
                IndexFolder(name: name, in: folder), settings: IndexSettings(models: models, fields: ["section"]),
                models: models)
            try writer.add(passages)
            try writer.commit()
        }
    }
}
