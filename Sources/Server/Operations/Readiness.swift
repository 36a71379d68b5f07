import Corpus
import HTTP
import JSON
import Synchronization

/// Whether the server answers searches, and if not, why: what `/readyz` says.
///
/// `/healthz` answers as soon as the process listens; a load balancer should ask here.
public final class Readiness: Sendable {
    public enum Phase: String, Sendable {
        /// Indexes and models are being loaded; everything but the open routes is answered 503.
        case starting
        case serving
        /// Requests in progress are finished.
        case stopping
    }

    private struct State {
        var phase = Phase.starting
        /// Why an index cannot be served, by its name.
        var problems: [String: String] = [:]
        /// Whether the folder of all indexes can be used.
        var hasFolder = true
    }

    private let state = Mutex(State())

    public init() {}

    public var phase: Phase {
        get { state.withLock { $0.phase } }
        set { state.withLock { $0.phase = newValue } }
    }

    /// Says which indexes cannot be served, with the reasons.
    public func update(problems: [String: String]) { state.withLock { $0.problems = problems } }

    /// Says whether the folder of all indexes can be used.
    public func update(hasFolder: Bool) { state.withLock { $0.hasFolder = hasFolder } }

    public var isReady: Bool {
        state.withLock { $0.phase == .serving && $0.problems.isEmpty && $0.hasFolder }
    }

    /// 200 where all is loaded and sound, otherwise 503 with the reasons. Names of indexes and what is wrong with them are
    /// for those who may ask about them; here it says how many.
    func answer() -> HTTPResponse {
        let state = state.withLock { $0 }
        var reasons: [JSONValue] = []
        switch state.phase {
        case .starting: reasons.append("indexes and models are being loaded")
        case .stopping: reasons.append("the server is stopping")
        case .serving: break
        }
        if !state.hasFolder {
            reasons.append("the folder of all indexes is gone or cannot be read; the log says why")
        }
        if !state.problems.isEmpty {
            let count = state.problems.count
            reasons.append(
                .string(
                    "\(count) \(count == 1 ? "index" : "indexes") cannot be served; GET /v1/indexes and the log say why"
                ))
        }
        let body: JSONValue = [
            "status": reasons.isEmpty ? "ready" : "unready", "phase": .string(state.phase.rawValue),
            "reasons": .array(reasons),
        ]
        var response = HTTPResponse.json(body)
        if !reasons.isEmpty {
            response.status = .serviceUnavailable
            response.headers["Retry-After"] = "1"
        }
        return response
    }

    /// Refuses what needs indexes while they are being loaded.
    func check() throws {
        guard phase == .starting else { return }
        throw HTTPError(
            .serviceUnavailable, code: "starting",
            message: "indexes and models are being loaded; try again shortly, GET /readyz says when it is done",
            headers: ["Retry-After": "1"])
    }
}
