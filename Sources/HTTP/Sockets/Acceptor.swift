import CEpoll
import Glibc

/// The listening sockets of a server, and the loops among which their connections are shared out in turn.
///
/// Belongs to one of those loops, like a connection.
final class Acceptor {
    /// Set in the marks of listeners' events, whose lower bits number them.
    static let mark = UInt64(1) << 63
    /// Connections accepted in one turn of the loop.
    private static let batch = 64

    private let listeners: [ListeningSocket]
    private let loops: [EventLoop]
    private var next = 0
    /// A descriptor that is given up where there is no other, so that clients are told instead of left waiting.
    private var spare: Int32

    init(listeners: [ListeningSocket], loops: [EventLoop]) {
        self.listeners = listeners
        self.loops = loops
        spare = Self.openSpare()
    }

    private static func openSpare() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

    /// Begins to listen, or goes on after a pause.
    func watch(_ poller: Poller, isChange: Bool = false) {
        for (number, listener) in listeners.enumerated() {
            _ = poller.watch(
                listener.socket.descriptor, EPOLLIN.rawValue, mark: Acceptor.mark | UInt64(number), isChange: isChange)
        }
    }

    /// Stops listening for a while: listeners are level-triggered, so one that cannot be served would spin the loop.
    func pause(_ poller: Poller) {
        for listener in listeners { _ = poller.watch(listener.socket.descriptor, 0, mark: 0, isChange: true) }
    }

    /// Accepts what waits at a listener for the loops; false where the system is out of descriptors or memory, and what
    /// waits was turned away.
    func accept(mark: UInt64, server: ServerState, turnAway: (Socket, SocketAddress) -> Void) -> Bool {
        let number = Int(mark & 0xffff)
        guard number < listeners.count else { return true }
        for _ in 0..<Acceptor.batch {
            switch listeners[number].accept() {
            case .none: return true
            case .exhausted:
                refuseWaiting(at: listeners[number], turnAway)
                return false
            case .connection(let socket, let peer):
                let open = server.connections.add(1, ordering: .relaxed).newValue
                if open > server.configuration.maxConnections {
                    server.connections.subtract(1, ordering: .relaxed)
                    turnAway(socket, peer)
                } else {
                    next = (next + 1) % loops.count
                    loops[next].adopt(socket, peer)
                }
            }
        }
        return true
    }

    /// Turns away what waits, with the one descriptor that is kept for it.
    private func refuseWaiting(at listener: ListeningSocket, _ turnAway: (Socket, SocketAddress) -> Void) {
        guard spare >= 0 else {
            spare = Self.openSpare()
            return
        }
        Glibc.close(spare)
        for _ in 0..<Acceptor.batch {
            guard case .connection(let socket, let peer) = listener.accept() else { break }
            turnAway(socket, peer)
        }
        spare = Self.openSpare()
    }

    func close() {
        if spare >= 0 { Glibc.close(spare) }
        spare = -1
        for listener in listeners { listener.close() }
    }
}
