import CEpoll

/// One client's connection: reads requests one after the other, has them answered, writes the responses in order.
///
/// Owned by its event loop and used on its thread only. Bytes are parsed where the loop reads them; an idle connection
/// holds no buffers. While a request is being answered nothing more is parsed, so pipelined requests wait in the socket.
final class Connection {
    enum Phase {
        /// Reading a head, or the body that will be handed over whole.
        case reading
        /// A worker has the whole request.
        case waiting
        /// A worker has the request and reads its body while it comes.
        case streamingRequest
        /// A worker makes the response's body piece by piece.
        case streamingResponse
        /// The last response is being sent.
        case closing
        /// All is sent; what the client still sends is read and dropped, so that no reset overtakes the response.
        case lingering
        case closed
    }

    let loop: EventLoop
    let socket: Socket
    let peer: SocketAddress
    let slot: Int32
    let generation: UInt32
    /// The number of the current request.
    var sequence: UInt32 = 0

    var phase = Phase.reading
    var parser: HTTPRequestParser
    var exchange: Exchange?
    var isReadable = false
    var isWritable = true
    /// Whether the other side has closed its sending half.
    var hasPeerClosed = false
    /// Whether both halves are closed, so that nobody is left to answer.
    private var hasHungUp = false
    /// Whether nothing that the client sent was left unread.
    var isInputSpent = true
    /// Read, but not parsed yet.
    var leftover: [UInt8] = []
    var leftoverStart = 0
    /// Whether a streamed request body waits for its reader.
    var isPaused = false
    var backlog = OutputBacklog()
    /// What the server's account has of this connection's backlog.
    var heldBytes = 0

    var inputDeadline = Int64.max
    /// Whether `inputDeadline` is that of a head.
    private var isHeadBegun = false
    var workDeadline = Int64.max
    var bodyClock = TransferClock()
    var writeClock = TransferClock()
    /// The time of the timer that counts; any other is ignored.
    private(set) var scheduledAt = Int64.max

    init(loop: EventLoop, socket: Socket, peer: SocketAddress, slot: Int32, generation: UInt32) {
        self.loop = loop
        self.socket = socket
        self.peer = peer
        self.slot = slot
        self.generation = generation
        parser = HTTPRequestParser(limits: loop.server.configuration.headLimits)
    }

    var ticket: EventLoop.Ticket { EventLoop.Ticket(slot: slot, generation: generation, sequence: sequence) }

    /// Whether no request has begun and nothing is left to send.
    var isIdle: Bool {
        if case .reading = phase {
            exchange == nil && parser.isBetweenRequests && leftover.isEmpty && backlog.isEmpty
        } else {
            false
        }
    }

    /// Whether the client counts as gone.
    var hasLeft: Bool { hasHungUp || (hasPeerClosed && !loop.server.configuration.allowsHalfClose) }

    // MARK: Events

    func handle(events: UInt32) {
        if events & EPOLLERR.rawValue != 0 {
            abort(status: 499)
            return
        }
        if events & EPOLLOUT.rawValue != 0 { isWritable = true }
        if events & EPOLLIN.rawValue != 0 { isReadable = true }
        if events & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue) != 0 {
            isReadable = true
            hasPeerClosed = true
            if events & EPOLLHUP.rawValue != 0 { hasHungUp = true }
            switch phase {
            case .waiting, .streamingResponse:
                if hasLeft {
                    abort(status: 499)
                    return
                }
            default: break
            }
        }
        advance()
    }

    /// Does all that can be done now: sends, reads, parses, answers.
    func advance() {
        if case .closed = phase { return }
        if isWritable && !backlog.isEmpty { drainBacklog() }
        readAndParse()
        flush()
        if case .closing = phase, backlog.isEmpty { finishClosing() }
        if case .lingering = phase { discardInput() }
        settleBacklog()
        updateDeadlines()
    }

    /// Brings the server's account of bytes that wait for their clients up to date.
    ///
    /// Small responses are let in whatever the account says; where they come to be too many, those who take them slowest
    /// are closed, and if there is none that is slow, whoever had more to wait.
    private func settleBacklog() {
        let change = backlog.count - heldBytes
        guard change != 0 else { return }
        heldBytes = backlog.count
        let held = loop.server.held
        if change < 0 {
            held.release(-change)
            return
        }
        held.add(change)
        if held.bytes > held.limit + held.limit / 4, !loop.makeRoom(for: 0, asking: self),
            held.bytes > held.limit + held.limit / 4
        {
            abort(status: 499)
        }
    }

    /// Bytes a second that a client which counts as slow has taken of what waits for it; nil of others.
    var slowRate: Double? {
        guard !backlog.isEmpty,
            let rate = writeClock.rate(
                at: loop.now, after: loop.server.times.slow, without: socket.unacknowledgedBytes),
            rate < Double(loop.server.configuration.slowClientRate)
        else { return nil }
        return rate
    }

    func serverStops() {
        exchange?.keepsAlive = false
        if isIdle { close() }
    }

    // MARK: Time

    /// Looks at the deadlines; `time` is when the loop was asked to.
    func timerFired(_ time: Int64) {
        // Older entries than the one that counts.
        guard time == scheduledAt else { return }
        scheduledAt = .max
        let now = loop.now
        if now >= writeDeadline {
            abort(status: 499)
        } else if now >= workDeadline {
            deadlinePassed()
        } else if now >= inputDeadline {
            inputTimedOut()
        } else {
            schedule()
        }
    }

    private var writeDeadline: Int64 {
        writeClock.deadline(
            grace: loop.server.times.write, bytesPerSecond: loop.server.configuration.minimumTransferRate)
    }

    private func inputTimedOut() {
        if case .reading = phase, exchange == nil, parser.isBetweenRequests {
            close()
            return
        }
        switch phase {
        case .reading, .streamingRequest:
            let part = exchange == nil ? "header" : "body"
            refuse(
                HTTPError(
                    .requestTimeout, code: "\(part)_timeout",
                    message: "The request's \(part) did not come within its time limit."))
            advance()
        default:
            close()
        }
    }

    private func deadlinePassed() {
        workDeadline = .max
        exchange?.context.cancel(.deadlinePassed)
        if case .streamingResponse = phase {
            abort(status: 504)
            return
        }
        respond(withError: HTTPServer.Configuration.deadlinePassed)
        advance()
    }

    func updateDeadlines() {
        let times = loop.server.times
        switch phase {
        case .reading, .streamingRequest:
            if exchange != nil {
                inputDeadline = bodyClock.deadline(
                    grace: times.body, bytesPerSecond: loop.server.configuration.minimumTransferRate)
            } else if parser.isBetweenRequests {
                inputDeadline = MonotonicTime.adding(times.idle, to: loop.now)
                isHeadBegun = false
            } else if !isHeadBegun {
                isHeadBegun = true
                inputDeadline = MonotonicTime.adding(times.header, to: loop.now)
            }
        case .lingering, .closed:
            break
        default:
            inputDeadline = .max
            isHeadBegun = false
        }
        if case .closed = phase { return }
        schedule()
    }

    private func schedule() {
        let next = min(inputDeadline, workDeadline, writeDeadline)
        if next < scheduledAt {
            scheduledAt = next
            loop.schedule(self, at: next)
        }
    }

    // MARK: Ending

    /// Gives up the request in progress, if any, and closes at once.
    func abort(status: Int, _ reason: RequestContext.Cancellation = .clientLeft) {
        if let exchange {
            exchange.context.cancel(status == 504 ? .deadlinePassed : reason)
            if exchange.status == 0 { exchange.status = status }
            endExchange()
        }
        close()
    }

    func close() {
        if case .closed = phase { return }
        phase = .closed
        leftover = []
        backlog = OutputBacklog()
        settleBacklog()
        socket.close()
        loop.remove(self)
    }
}
