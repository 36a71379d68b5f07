import Glibc
import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112) over raw sockets.
///
///     var router = Router()
///     router.get("/hello/{name}") { request, _ in .text("hello \(request.parameters["name"] ?? "")\n") }
///     let server = HTTPServer(router: router)
///     try server.start()
///     …
///     server.stop(within: .seconds(10))
///
/// How a request goes: an ``EventLoop`` reads bytes, `HTTPRequestParser` makes them a request, `RouteTable` finds its
/// route. Routes marked immediate are answered on the spot; for others the request, body and all, goes into the bounded
/// `WorkQueue`, a worker runs the handler, and the response comes back to the loop, which writes it. Loops never wait for
/// anything but epoll, workers never for a client, save for the time limit on streamed bodies.
public final class HTTPServer: Sendable {
    /// What a server is doing, for metrics.
    public struct Statistics: Sendable {
        /// Open connections.
        public let connections: Int
        /// Requests since the start.
        public let requests: UInt64
        /// Requests that wait for a worker, and those which have one.
        public let waiting: Int
        public let running: Int
        /// Requests for which the queue had no room, since the start.
        public let rejected: UInt64
        /// Bytes of request bodies in memory.
        public let bufferedBodyBytes: Int
    }

    private struct Running {
        let loops: [EventLoop]
        let addresses: [SocketAddress]
        let state: ServerState
        var loopsLeft: Int
    }

    private let configuration: Configuration
    private let routes: RouteTable
    private let running = Monitor<Running?>(nil)

    public init(configuration: Configuration = Configuration(), router: Router) {
        self.configuration = configuration
        routes = RouteTable(
            router, bodyBytes: configuration.maxBodyBytes, errorResponse: configuration.errorResponse)
    }

    /// Listens on all addresses and starts the threads; returns once connections are accepted.
    public func start() throws(StartError) {
        guard running.withLock({ $0 == nil }) else { throw StartError(nil, "it is running already") }
        var listeners: [ListeningSocket] = []
        do {
            for address in configuration.addresses {
                listeners += try ListeningSocket.open(
                    address, backlog: configuration.backlog, mode: configuration.unixSocketMode)
            }
            raiseDescriptorLimit()
            let state = ServerState(configuration: configuration, routes: routes)
            var loops: [EventLoop] = []
            for _ in 0..<max(configuration.eventLoops, 1) { loops.append(try EventLoop(server: state)) }
            loops[0].accept(from: listeners, for: loops)
            let addresses = listeners.map(\.address)
            let all = loops
            running.withLock {
                $0 = Running(loops: all, addresses: addresses, state: state, loopsLeft: all.count)
            }
        } catch {
            for listener in listeners { listener.close() }
            throw error
        }
        let loops = running.withLock { $0?.loops } ?? []
        for (number, loop) in loops.enumerated() {
            let isStarted = Thread.start(name: "http-loop-\(number)") { [running] in
                loop.run()
                running.withLock { $0?.loopsLeft -= 1 }
                running.broadcast()
            }
            guard isStarted else {
                running.withLock { $0?.loopsLeft -= 1 }
                stop(within: .zero)
                throw StartError(nil, "the system has no room for another thread")
            }
        }
    }

    /// Where the server listens, with the ports that the system chose; empty while it does not run.
    public var boundAddresses: [SocketAddress] { running.withLock { $0?.addresses } ?? [] }

    /// The first of ``boundAddresses``.
    public var boundAddress: SocketAddress? { boundAddresses.first }

    /// What it is doing now.
    public var statistics: Statistics {
        guard let state = running.withLock({ $0?.state }) else {
            return Statistics(connections: 0, requests: 0, waiting: 0, running: 0, rejected: 0, bufferedBodyBytes: 0)
        }
        let load = state.queue.load
        return Statistics(
            connections: state.connections.load(ordering: .relaxed), requests: state.requests.load(ordering: .relaxed),
            waiting: load.waiting, running: load.running, rejected: state.rejections.load(ordering: .relaxed),
            bufferedBodyBytes: state.bufferedBodyBytes.load(ordering: .relaxed))
    }

    /// Stops accepting, closes idle connections, lets requests in progress finish, and returns when they have or the time
    /// is up; what still runs then is cancelled and its connection closed. Blocks the calling thread.
    /// - Returns: whether everything finished in time and all threads have ended.
    @discardableResult
    public func stop(within limit: Duration = .seconds(10)) -> Bool {
        guard let current = running.withLock({ $0 }) else { return true }
        let deadline = MonotonicTime.adding(limit.nanoseconds, to: MonotonicTime.now())
        for loop in current.loops { loop.post(.stop(deadline: deadline)) }
        // Loops end by themselves at the deadline; a handler that never looks at its context may outlive it.
        let grace: Int64 = 1_000_000_000
        let haveLoopsEnded =
            running.wait(until: MonotonicTime.adding(grace, to: deadline)) {
                $0.map { $0.loopsLeft == 0 } ?? true ? true : nil
            } ?? false
        let isInTime = haveLoopsEnded && MonotonicTime.now() < deadline
        let haveWorkersEnded = current.state.queue.stop(
            until: max(deadline, MonotonicTime.adding(grace, to: MonotonicTime.now())))
        running.withLock { $0 = nil }
        running.broadcast()
        return isInTime && haveWorkersEnded
    }

    /// Blocks until ``stop(within:)`` has been called elsewhere and is done.
    public func waitUntilStopped() {
        _ = running.wait { $0 == nil ? true : nil }
    }

    /// Lets the process have as many descriptors as connections are allowed, as far as the system permits.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let wanted = rlim_t(max(configuration.maxConnections, 0)) + 128
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
