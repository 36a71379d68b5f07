import Synchronization

/// What a server's event loops share.
final class ServerState: Sendable {
    let configuration: HTTPServer.Configuration
    let routes: RouteTable
    let queue: WorkQueue
    /// Durations of the configuration in nanoseconds.
    let times: Times
    let connections = Atomic<Int>(0)
    let requests = Atomic<UInt64>(0)
    /// Requests for which the queue had no room.
    let rejections = Atomic<UInt64>(0)
    /// Request bodies, and parts of streamed ones that wait for their readers.
    let bodies: ByteAccount
    /// What handlers hold for requests in progress, and responses that wait for their clients.
    let held: ByteAccount

    struct Times: Sendable {
        let header: Int64
        let body: Int64
        let idle: Int64
        let write: Int64
        let request: Int64
        let linger: Int64
        let slow: Int64
    }

    init(configuration: HTTPServer.Configuration, routes: RouteTable) {
        self.configuration = configuration
        self.routes = routes
        queue = WorkQueue(
            workers: configuration.workers, capacity: configuration.queueCapacity,
            patientThreads: configuration.patientThreads)
        bodies = ByteAccount(limit: configuration.maxBufferedBodyBytes)
        held = ByteAccount(limit: configuration.maxHeldBytes)
        times = Times(
            header: configuration.headerTimeout.nanoseconds, body: configuration.bodyTimeout.nanoseconds,
            idle: configuration.idleTimeout.nanoseconds, write: configuration.writeTimeout.nanoseconds,
            request: configuration.requestDeadline.nanoseconds, linger: configuration.lingerTimeout.nanoseconds,
            slow: configuration.slowClientGrace.nanoseconds)
    }

    var overloaded: HTTPError {
        HTTPError(
            .serviceUnavailable, code: "overloaded", message: "The server has more work than it can take; retry later.",
            headers: ["Retry-After": String(max(configuration.retryAfter.components.seconds, 1))])
    }
}
