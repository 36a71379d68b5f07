import HTTP
import JSON
import Synchronization

/// Decides who may do what: keys, their roles and scopes, their rates.
///
///     let access = try AccessControl(keys: AccessKeyFile(path: "config/keys.json").read())
///     router.admit { try access.admit($0, $1) }
///
/// Without keys everybody who reaches the server may do everything; that is for servers that only this machine reaches,
/// and requests which a web page of another origin has made a browser send are still refused (``ForeignPages``).
public final class AccessControl: Sendable {
    private struct State {
        var keys: AccessKeys?
        var buckets: [String: TokenBucket] = [:]
        var addresses: AddressRates?
        var origins: CrossOriginPolicy
    }

    private let state: Mutex<State>
    private let foreignPages: ForeignPages

    /// - Parameters:
    ///   - keys: `nil` where none are needed.
    ///   - origins: web pages that may use a server without keys.
    ///   - trustsNetwork: whether a server without keys may be called by any name (`--insecure`).
    ///   - anonymousRate: requests without a valid key that another machine's address may make, where there are keys; `nil`
    ///     for any number.
    public init(
        keys: AccessKeys?, origins: CrossOriginPolicy = CrossOriginPolicy(), trustsNetwork: Bool = false,
        anonymousRate: AccessKey.Rate? = nil
    ) {
        state = Mutex(
            State(keys: keys, addresses: anonymousRate.map { AddressRates($0, at: .now) }, origins: origins))
        foreignPages = ForeignPages(trustsNetwork: trustsNetwork)
    }

    /// Takes other keys and origins, at once for all connections; how much of its rate a key has used is kept.
    public func update(keys: AccessKeys?, origins: CrossOriginPolicy) {
        state.withLock { state in
            state.keys = keys
            state.origins = origins
            let known = Set(keys?.keys.map(\.hash) ?? [])
            state.buckets = state.buckets.filter { known.contains($0.key) }
        }
    }

    /// Whether clients need keys.
    public var hasKeys: Bool { state.withLock { $0.keys != nil } }

    /// Lets a request in, or throws the `HTTPError` that it is answered with: 401, 403 or 429.
    public func admit(_ request: HTTPRequest, _ context: RequestContext) throws -> AccessGrant? {
        let needed = RouteAccess.of(request.method, context.routePattern ?? "")
        if needed == .always { return nil }
        let (keys, origins) = state.withLock { ($0.keys, $0.origins) }
        if needed == .open {
            if keys != nil { try countAgainstRate(context.remoteAddress) }
            return nil
        }
        guard let keys else {
            try foreignPages.refuse(request, origins)
            return .unrestricted
        }
        // Who names a key is shown what that key may see, here as well.
        if needed == .local, !request.headers.contains("Authorization"), isLocal(request, context),
            !foreignPages.areBehind(request, origins)
        {
            return .unrestricted
        }
        let key: AccessKey
        do {
            key = try self.key(request, keys)
        } catch {
            try countAgainstRate(context.remoteAddress)
            throw error
        }
        try countAgainstRate(key)
        let grant = AccessGrant(
            name: key.name, role: key.role, scope: key.indexes.map { Set($0.map { CodePoints($0) }) })
        if case .role(let role) = needed, key.role < role {
            throw HTTPError(
                .forbidden, code: "role_required",
                message: "this needs a key of role \(role.rawValue); key \(key.name) has role \(key.role.rawValue)")
        }
        if let index = request.parameters["name"] ?? request.parameters["index"], !grant.covers(index: index) {
            // Said of every other name, so that a key cannot find out what there is.
            throw HTTPError(
                .forbidden, code: "index_out_of_scope",
                message: "key \(key.name) is good for \((key.indexes ?? []).joined(separator: ", ")) only")
        }
        return grant
    }

    private func key(_ request: HTTPRequest, _ keys: AccessKeys) throws -> AccessKey {
        let fields = request.headers.values("Authorization")
        guard let field = fields.first, fields.count == 1 else {
            throw unauthorized("send a key as `Authorization: Bearer KEY`; `passerine keys create` makes one", nil)
        }
        let words = field.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, let scheme = words.first, scheme.lowercased() == "bearer", let secret = words.last
        else {
            throw unauthorized("Authorization must be `Bearer` and a key", "invalid_request")
        }
        guard let key = keys.key(secret: secret) else {
            throw unauthorized("there is no such key; it may have been revoked", "invalid_token")
        }
        return key
    }

    /// RFC 6750 §3.
    private func unauthorized(_ message: String, _ error: String?) -> HTTPError {
        let reason = error.map { ", error=\"\($0)\"" } ?? ""
        return HTTPError(
            .unauthorized, code: "unauthorized", message: message,
            headers: ["WWW-Authenticate": "Bearer realm=\"passerine\"\(reason)"])
    }

    private func countAgainstRate(_ key: AccessKey) throws {
        guard let rate = key.rate else { return }
        let now = ContinuousClock.now
        let wait = state.withLock { state in
            var bucket = state.buckets[key.hash].flatMap { $0.has(rate) ? $0 : nil } ?? TokenBucket(rate, at: now)
            let wait = bucket.take(at: now)
            state.buckets[key.hash] = bucket
            return wait
        }
        if let wait {
            throw rateLimited(
                "key \(key.name) may make \(rate.perSecond) requests a second, \(rate.burst) at once", wait)
        }
    }

    /// Counts a request without a valid key.
    private func countAgainstRate(_ address: SocketAddress) throws {
        guard !address.isLocal, let wait = state.withLock({ $0.addresses?.take(address, at: .now) }) else { return }
        throw rateLimited("too many requests without a valid key come from your address", wait)
    }

    private func rateLimited(_ message: String, _ wait: Duration) -> HTTPError {
        let seconds = Int((wait / .seconds(1)).rounded(.up))
        return HTTPError(
            .tooManyRequests, code: "rate_limited", message: message, headers: ["Retry-After": String(max(1, seconds))])
    }

    /// Whether the request comes from this machine and not through a proxy on it.
    private func isLocal(_ request: HTTPRequest, _ context: RequestContext) -> Bool {
        let traces = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"]
        return context.remoteAddress.isLocal && !traces.contains { request.headers.contains($0) }
    }
}
