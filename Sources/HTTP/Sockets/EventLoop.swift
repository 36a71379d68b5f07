import CEpoll
import Synchronization

/// One thread that waits on epoll and moves its connections' bytes; it never blocks anywhere else.
///
/// Everything but `post` belongs to the loop's own thread. Workers reach a connection only by a ``Ticket`` in a message,
/// which the loop checks against what is there by then, so nothing about connections needs a lock.
final class EventLoop: @unchecked Sendable {
    // The unchecked part: all stored `var`s are touched only on the thread that `run` occupies, or before it starts. The
    // mailbox and `isSleeping` are what other threads use, and are Sendable themselves.

    /// What other threads may tell the loop.
    enum Message: Sendable {
        case adopt(Socket, SocketAddress)
        /// A handler's response.
        case finished(Ticket, HTTPResponse)
        /// The next piece of a streamed response, nil at its end.
        case piece(Ticket, [UInt8]?)
        case streamFailed(Ticket)
        /// A handler waits for its request's body.
        case bodyDemanded(Ticket)
        /// Finish what runs, at most until a monotonic time.
        case stop(deadline: Int64)
    }

    /// A connection, and the request on it that a message is about.
    struct Ticket: Sendable {
        let slot: Int32
        let generation: UInt32
        let sequence: UInt32
    }

    let server: ServerState
    /// A random number to tell this loop's requests from others'.
    let identity = UInt64.random(in: 0 ... .max)
    private let poller: Poller
    private let mailbox = Monitor<[Message]>([])
    private let isSleeping = Atomic<Bool>(false)

    private var connections = ConnectionTable()
    private var timers = TimerHeap()
    /// Connections with more to read than their share of one turn.
    private var unfinished: [Ticket] = []
    private var acceptor: Acceptor?
    private var stopDeadline = Int64.max

    private(set) var isStopping = false
    /// The time at which the current turn began.
    private(set) var now = MonotonicTime.now()
    private(set) var date = HTTPDate()
    /// Where sockets are read into.
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    /// Where responses are written before they are sent; empty between two connections' turns.
    let output = OutputBuffer()

    init(server: ServerState) throws(HTTPServer.StartError) {
        self.server = server
        poller = try Poller()
    }

    deinit {
        // Connections which another loop handed over when this one had ended.
        mailbox.withLock { messages in
            for case .adopt(let socket, _) in messages { socket.close() }
        }
        poller.close()
        input.deallocate()
    }

    /// Makes this the loop that accepts connections, for itself and others; to be called before `run`.
    func accept(from listeners: [ListeningSocket], for loops: [EventLoop]) {
        acceptor = Acceptor(listeners: listeners, loops: loops)
        acceptor?.watch(poller)
    }

    /// Gives the loop a message, from any thread.
    func post(_ message: Message) {
        mailbox.withLock { $0.append(message) }
        // Sequentially consistent on both sides: either the loop sees the message before it sleeps, or we see it asleep.
        if isSleeping.exchange(false, ordering: .sequentiallyConsistent) { poller.wake() }
    }

    /// Gives the loop a new connection, from any loop's thread.
    func adopt(_ socket: Socket, _ peer: SocketAddress) {
        post(.adopt(socket, peer))
    }

    // MARK: Turns

    /// Runs until stopped and all connections are closed.
    func run() {
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)
        events.initialize(repeating: epoll_event())
        defer { events.deallocate() }
        while true {
            isSleeping.store(true, ordering: .sequentiallyConsistent)
            let count = poller.wait(events, milliseconds: timeout())
            isSleeping.store(false, ordering: .sequentiallyConsistent)
            now = MonotonicTime.now()
            date.refresh()
            for event in events[..<count] { handle(event) }
            readMail()
            continueUnfinished()
            while let entry = timers.pop(dueAt: now) { fire(entry) }
            if now >= stopDeadline { closeAll() }
            if isStopping && connections.count == 0 { return }
        }
    }

    /// Milliseconds that epoll may sleep, rounded up so that timers are due when it wakes.
    private func timeout() -> Int32 {
        if !unfinished.isEmpty || mailbox.withLock({ !$0.isEmpty }) { return 0 }
        let earliest = min(timers.earliest, stopDeadline)
        if earliest == .max { return -1 }
        return Int32(clamping: max(earliest - MonotonicTime.now() + 999_999, 0) / 1_000_000)
    }

    private func handle(_ event: epoll_event) {
        let mark = event.data.u64
        if mark == Poller.wakeupMark { return }
        if mark & Acceptor.mark != 0 {
            accept(mark)
            return
        }
        connections.connection(
            slot: Int32(truncatingIfNeeded: mark), generation: UInt32(truncatingIfNeeded: mark >> 32)
        )?.handle(events: event.events)
    }

    private func readMail() {
        let messages = mailbox.withLock { messages in
            if messages.isEmpty { return [Message]() }
            defer { messages = [] }
            return messages
        }
        for message in messages {
            switch message {
            case .adopt(let socket, let peer): open(socket, peer)
            case .finished(let ticket, let response): connection(ticket)?.handlerFinished(response)
            case .piece(let ticket, let piece): connection(ticket)?.streamProduced(piece)
            case .streamFailed(let ticket): connection(ticket)?.abort(status: 500)
            case .bodyDemanded(let ticket): connection(ticket)?.bodyDemanded()
            case .stop(let deadline): stop(deadline)
            }
        }
    }

    /// The connection if it still has the request that the ticket is about.
    private func connection(_ ticket: Ticket) -> Connection? {
        let connection = connections.connection(slot: ticket.slot, generation: ticket.generation)
        return connection?.sequence == ticket.sequence ? connection : nil
    }

    private func continueUnfinished() {
        if unfinished.isEmpty { return }
        let tickets = unfinished
        unfinished = []
        for ticket in tickets {
            connections.connection(slot: ticket.slot, generation: ticket.generation)?.advance()
        }
    }

    private func fire(_ entry: TimerHeap.Entry) {
        if entry.slot < 0 {
            acceptor?.watch(poller, isChange: true)
        } else {
            connections.connection(slot: entry.slot, generation: entry.generation)?.timerFired(entry.time)
        }
    }

    // MARK: Connections

    private func accept(_ mark: UInt64) {
        guard let acceptor, !acceptor.accept(mark: mark, server: server, turnAway: turnAway) else { return }
        acceptor.pause(poller)
        timers.insert(TimerHeap.Entry(time: MonotonicTime.adding(100_000_000, to: now), slot: -1, generation: 0))
    }

    /// Best effort: what does not fit the socket's buffer is lost.
    private func turnAway(_ socket: Socket, _ peer: SocketAddress) {
        var terms = HTTPResponseEncoder.Terms(version: .http11, isHead: false, keepsAlive: false)
        let context = RequestContext(
            number: .random(in: 0 ... .max), headers: HTTPHeaders(), remoteAddress: peer, routePattern: nil,
            deadline: .max, account: nil)
        let response = server.routes.refusal(server.overloaded)(.unparsed, context)
        _ = HTTPResponseEncoder.writeHead(of: response, &terms, date: date, to: output)
        if case .bytes(let body) = response.body { output.append(body) }
        _ = socket.send(output.bytes)
        output.removeAll()
        socket.close()
    }

    private func open(_ socket: Socket, _ peer: SocketAddress) {
        let (slot, generation) = connections.nextPlace()
        let connection = Connection(loop: self, socket: socket, peer: peer, slot: slot, generation: generation)
        connections.insert(connection)
        if case .unix = peer {} else { socket.setNoDelay() }
        let mark = UInt64(UInt32(bitPattern: slot)) | UInt64(generation) << 32
        let events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        if isStopping || !poller.watch(socket.descriptor, events, mark: mark) {
            connection.close()
        } else {
            connection.updateDeadlines()
        }
    }

    /// Lets a connection go on after the others have had their turn.
    func continueLater(_ connection: Connection) {
        unfinished.append(connection.ticket)
    }

    /// Has a connection looked at no later than a time.
    func schedule(_ connection: Connection, at time: Int64) {
        // Closed connections leave timers behind; each of those still open needs one.
        if timers.count > 4 * connections.count + 4096 {
            timers.filter { entry in
                let owner = connections.connection(slot: entry.slot, generation: entry.generation)
                return entry.slot < 0 || owner?.scheduledAt == entry.time
            }
        }
        timers.insert(TimerHeap.Entry(time: time, slot: connection.slot, generation: connection.generation))
    }

    /// Forgets a connection that has closed its socket.
    func remove(_ connection: Connection) {
        connections.remove(connection)
        server.connections.subtract(1, ordering: .relaxed)
    }

    /// Closes connections of this loop whose clients take their responses slowly, the slowest first, until the server may
    /// hold so many bytes more; false where it still may not.
    ///
    /// - Parameter asking: whoever asks is not closed.
    func makeRoom(for bytes: Int, asking: Connection) -> Bool {
        func isEnough() -> Bool { server.held.bytes + bytes <= server.held.limit }
        if isEnough() { return true }
        let slow = connections.all.compactMap { connection -> (connection: Connection, rate: Double)? in
            connection === asking ? nil : connection.slowRate.map { (connection, $0) }
        }
        for place in slow.sorted(by: { $0.rate < $1.rate }) {
            place.connection.abort(status: 499)
            if isEnough() { return true }
        }
        return false
    }

    // MARK: Stopping

    private func stop(_ deadline: Int64) {
        isStopping = true
        stopDeadline = deadline
        acceptor?.close()
        acceptor = nil
        for connection in connections.all { connection.serverStops() }
    }

    private func closeAll() {
        for connection in connections.all { connection.abort(status: 503, .serverStopped) }
    }
}
