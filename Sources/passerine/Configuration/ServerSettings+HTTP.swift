import HTTP
import Logging
import Server

extension Configuration.ServerSettings {
    /// What `server.anonymous_rate` says, with five seconds' worth at once: a page has some thirty files.
    var anonymousAccess: AccessKey.Rate? {
        anonymousRate > 0
            ? AccessKey.Rate(perSecond: anonymousRate, burst: max(1, Int((anonymousRate * 5).rounded(.up)))) : nil
    }

    /// Where to listen.
    var addresses: [SocketAddress] {
        let network: [SocketAddress] = host == Self.noHost ? [] : [.ip(host: host, port: port)]
        return network + (socket.map { [.unix(path: $0)] } ?? [])
    }

    /// The keys that clients need; `nil` where there is no keys file. Throws `AccessError`, and `ConfigurationError` where
    /// other machines could reach the server and nobody has said that they may.
    func accessKeys() throws -> AccessKeys? {
        guard !addresses.isEmpty else {
            throw ConfigurationError(
                "server.host is \(Self.noHost), so server.socket must name a Unix socket to listen on")
        }
        if keys != nil || keyFile.exists {
            guard keyFile.exists else {
                throw ConfigurationError(
                    "server.keys: there is no file \(keyFile.path); make the first key with `passerine keys create --keys "
                        + "\(keyFile.path)`, or leave the setting out")
            }
            return try keyFile.read()
        }
        if let exposed = addresses.first(where: { !$0.isLocal }), !isInsecure {
            throw ConfigurationError(
                "other machines can reach \(exposed), and without keys they could do everything; make a key with "
                    + "`passerine keys create`, or listen on 127.0.0.1, or say --insecure if that is meant")
        }
        return nil
    }

    /// The HTTP server's settings; errors that are the server's own go to the log.
    func http(_ logger: Logger) -> HTTPServer.Configuration {
        var http = HTTPServer.Configuration()
        http.addresses = addresses
        http.eventLoops = eventLoops
        http.workers = workers
        http.queueCapacity = queue
        http.maxConnections = connections
        http.headLimits.headerBytes = headerBytes
        http.maxBodyBytes = bodyBytes
        http.maxHeldBytes = heldBytes
        http.requestDeadline = .milliseconds(deadlineMilliseconds)
        http.idleTimeout = .seconds(idleSeconds)
        http.errorResponse = { error in
            if !(error is HTTPError || error is RequestContext.Cancelled) {
                logger.error("a request failed", metadata: ["error": .string("\(error)")])
            }
            return HTTPServer.Configuration.defaultErrorResponse(error)
        }
        return http
    }

    /// What `/v1/info` says of the limits.
    var limits: [String: Int] {
        [
            "event_loops": eventLoops, "workers": workers, "queue": queue, "connections": connections,
            "header_bytes": headerBytes,
            "body_bytes": bodyBytes, "response_bytes": responseBytes, "held_bytes": heldBytes,
            "deadline_ms": deadlineMilliseconds, "idle_seconds": idleSeconds,
        ]
    }

    /// Settings that differ from those of a running server, and count only once it is started again.
    func changesForRestart(since old: Self) -> [String] {
        let texts = [("server.host", host, old.host), ("server.socket", socket ?? "", old.socket ?? "")]
        let numbers = limits.map { ("server.\($0.key)", $0.value, old.limits[$0.key] ?? 0) }
        let named =
            numbers + [
                ("server.query_cache_mb", queryCacheMegabytes, old.queryCacheMegabytes),
                ("server.port", port, old.port), ("server.stop_seconds", stopSeconds, old.stopSeconds),
            ]
        let rates = anonymousRate == old.anonymousRate ? [] : ["server.anonymous_rate"]
        return (texts.filter { $0.1 != $0.2 }.map(\.0) + named.filter { $0.1 != $0.2 }.map(\.0) + rates).sorted()
    }
}
