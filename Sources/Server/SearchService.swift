import Corpus
import Foundation
import HTTP
import PassageIndex
import Search
import Synchronization

/// The REST interface over a set of opened indexes; the type to read first in this target.
///
///     let service = SearchService(engines: ["notes": engine], version: "0.1.0")
///     let server = HTTPServer(configuration: HTTPServer.Configuration(), router: service.router())
///
/// `docs/rest.md` shows every endpoint with an example.
public final class SearchService: Sendable {
    private let engines: [String: SearchEngine]
    /// Indexes that could not be opened, with the reason.
    private let failures: [String: String]
    private let version: String
    private let bodyBytes: Int

    /// - Parameters:
    ///   - engines: opened indexes by name.
    ///   - failures: what to say of indexes that could not be opened.
    ///   - bodyBytes: largest request body.
    public init(
        engines: [String: SearchEngine], failures: [String: String] = [:], version: String, bodyBytes: Int = 1 << 20
    ) {
        self.engines = engines
        self.failures = failures
        self.version = version
        self.bodyBytes = bodyBytes
    }

    /// All routes.
    public func router() -> Router {
        var router = Router()
        let answers = Answers(version: version)
        router.get("/healthz", Route.Options.immediate) { _, _ in answers.health() }
        router.get("/v1/indexes") { [self] _, _ in .json(try list()) }
        router.get("/v1/indexes/{name}") { [self] request, _ in .json(try describe(engine(request))) }
        router.post("/v1/indexes/{name}/search", Route.Options(body: .buffered(limit: bodyBytes))) {
            [self] request, context in
            try search(request, context)
        }
        return router
    }

    /// The engine of the index that a request's path names.
    private func engine(_ request: HTTPRequest) throws -> SearchEngine {
        let name = request.parameters["name"] ?? ""
        if let engine = engines[name] { return engine }
        if let reason = failures[name] {
            throw HTTPError(.serviceUnavailable, code: "index_unavailable", message: reason)
        }
        throw HTTPError(
            .notFound, code: "no_such_index",
            message: "there is no index named \(name.debugDescription); GET /v1/indexes lists them")
    }

    private func list() throws -> JSONValue {
        let opened: [JSONValue] = try engines.sorted { $0.key < $1.key }.map { try describe($0.value) }
        let broken: [JSONValue] = failures.sorted { $0.key < $1.key }.map {
            ["name": .string($0.key), "error": .string($0.value)]
        }
        return ["indexes": .array(opened + broken)]
    }

    private func describe(_ engine: SearchEngine) throws -> JSONValue {
        let (settings, statistics) = (engine.reader.settings, try engine.reader.statistics())
        let postings = try engine.reader.withSnapshot { try $0.postingsState() }
        func model(_ model: IndexSettings.Model?) -> JSONValue {
            model.map { ["folder": .string($0.folder), "fingerprint": .string($0.fingerprint)] } ?? .null
        }
        return [
            "name": .string(engine.reader.folder.name),
            "passages": .integer(Int64(statistics.passages)),
            "windows": .integer(Int64(statistics.windows)),
            "segments": .integer(Int64(statistics.segments)),
            "bytes": .object(statistics.bytes.mapValues { .integer(Int64($0)) }),
            "created": .string(settings.created),
            // What BM25 searches by; unless "ready", searches answer all the same, slower.
            "postings": .string(postings.state.rawValue),
            "postings_problem": postings.problem.map { .string($0) } ?? .null,
            "analysis": .string(settings.analysis.rawValue),
            "codec": .string(settings.codec.rawValue),
            "dimension": .integer(Int64(settings.dimension)),
            "models": ["colbert": model(settings.colbert), "tildev2": model(settings.tildev2)],
            "pipeline": .string(engine.standardPipeline.description),
        ]
    }

    private func search(_ request: HTTPRequest, _ context: RequestContext) throws -> HTTPResponse {
        let engine = try engine(request)
        let asked = try SearchBody(request.body).request
        do {
            let response = try engine.search(asked) { context.isCancelled }
            return .json(response.json(request: asked, index: engine.reader.folder.name))
        } catch let error as SearchError {
            if error.kind == .cancelled { try context.checkCancelled() }
            throw HTTPError(.badRequest, code: error.code, message: error.description)
        }
    }
}

/// Answers that need nothing of the indexes.
private struct Answers: Sendable {
    let version: String

    func health() -> HTTPResponse { .json(["status": "ok", "version": .string(version)]) }
}

extension SearchError {
    /// The machine-readable word for the REST interface.
    fileprivate var code: String {
        switch kind {
        case .invalid: "invalid_request"
        case .unavailable: "stage_unavailable"
        case .cancelled: "cancelled"
        }
    }
}

extension HTTPResponse {
    /// A JSON body.
    static func json(_ value: JSONValue) -> HTTPResponse {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        bytes.append(0x0A)
        return .json(bytes)
    }
}
