extension Connection {
    /// Finds the route for a head and gets ready for the body.
    func begin(_ head: HTTPRequestHead) throws(HTTPError) {
        sequence &+= 1
        loop.server.requests.add(1, ordering: .relaxed)
        let match = loop.server.routes.match(head.method, head.target)
        var request = HTTPRequest(
            method: head.method, target: head.target, version: head.version, headers: head.headers)
        if case .found(_, let parameters) = match { request.parameters = parameters }
        let exchange = Exchange(
            request: request, match: match, context: makeContext(head.headers, match), framing: head.framing,
            keepsAlive: head.keepsAlive && !loop.isStopping,
            startedAt: loop.now, awaitsContinue: head.expectsContinue)
        self.exchange = exchange
        if head.framing != .none { bodyClock.begin(at: loop.now) }
        if case .found = match, let refusal = loop.server.routes.admit(request, exchange.context) {
            exchange.refuse(by: refusal)
        }
        switch exchange.match {
        case .refused(let responder):
            // A body that nobody wants is not waited for.
            if head.framing != .none { run(responder, isImmediate: true, deadline: .standard) }
        case .found(let entry, _):
            switch entry.route.options.body {
            case .buffered(let limit):
                parser.bodyLimit = limit ?? loop.server.configuration.maxBodyBytes
                try parser.checkBodyLimit(head.framing)
                if head.framing != .none { sendContinue() }
            case .streamed(let limit):
                parser.bodyLimit = limit ?? .max
                try parser.checkBodyLimit(head.framing)
                beginStreaming()
            }
        }
    }

    private func beginStreaming() {
        let reader = HTTPBodyReader(account: loop.server.bodies) { [loop, ticket] in loop.post(.bodyDemanded(ticket)) }
        exchange?.request.bodyReader = reader
        isPaused = false
        phase = .streamingRequest
        if exchange?.awaitsContinue == true {
            // The client waits for the handler, not the other way round.
            reader.awaitDemand()
            bodyClock.stop()
            handleStreamed()
        }
    }

    /// Gives a streamed request to its handler. Before, a client that is slow to send costs no thread.
    private func handleStreamed() {
        guard let exchange, !exchange.isHandled, case .found(let entry, _) = exchange.match else { return }
        exchange.isHandled = true
        run(entry.responder, isImmediate: false, deadline: entry.route.options.deadline, waits: true)
    }

    private func sendContinue() {
        guard let exchange, exchange.awaitsContinue else { return }
        exchange.awaitsContinue = false
        loop.output.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Takes body bytes.
    func received(_ bytes: UnsafeBufferPointer<UInt8>) throws(HTTPError) {
        guard let exchange else { return }
        if exchange.awaitsContinue {
            // It did not wait after all.
            exchange.awaitsContinue = false
            bodyClock.begin(at: loop.now)
        }
        bodyClock.count(bytes.count)
        exchange.requestBytes += bytes.count
        if let reader = exchange.request.bodyReader {
            if exchange.requestBytes >= loop.server.configuration.streamedBodyLead, !exchange.isBodyWhole {
                handleStreamed()
            }
            if try !reader.append(bytes, mayWait: exchange.isHandled) {
                isPaused = true
                bodyClock.stop()
            }
            return
        }
        guard loop.server.bodies.reserve(bytes.count) else { throw loop.server.overloaded }
        exchange.reservedBytes += bytes.count
        if exchange.requestBytes == bytes.count, case .length(let length) = exchange.framing {
            // What a client announces costs nothing until it comes; half a megabyte is granted in advance.
            exchange.request.body.reserveCapacity(min(length, 512 << 10))
        }
        exchange.request.body.append(contentsOf: bytes)
    }

    /// The reader of a streamed body has used up what there was.
    func bodyDemanded() {
        guard case .streamingRequest = phase else { return }
        sendContinue()
        isPaused = false
        if !bodyClock.isRunning { bodyClock.begin(at: loop.now) }
        advance()
    }

    /// All of the request is here.
    func requestEnded() {
        guard let exchange else { return }
        exchange.isRequestComplete = true
        bodyClock.stop()
        if let reader = exchange.request.bodyReader {
            reader.finish()
            phase = .waiting
            if hasLeft { abort(status: 499) } else { handleStreamed() }
            return
        }
        switch exchange.match {
        case .refused(let responder): run(responder, isImmediate: true, deadline: .standard)
        case .found(let entry, _):
            let options = entry.route.options
            run(
                entry.responder, isImmediate: options.isImmediate, deadline: options.deadline, waits: options.waits)
        }
    }

    /// Has the handler called, here or by a worker.
    private func run(
        _ responder: @escaping RouteTable.Responder, isImmediate: Bool, deadline: Route.Deadline, waits: Bool = false
    ) {
        guard let exchange else { return }
        let request = exchange.request
        let server = loop.server
        let context = exchange.context
        context.begin(deadline: MonotonicTime.adding(limit(deadline, request.headers), to: loop.now))
        if isImmediate {
            respond(responder(request, context))
            return
        }
        if hasLeft && exchange.isRequestComplete {
            abort(status: 499)
            return
        }
        if case .reading = phase { phase = .waiting }
        workDeadline = context.deadline
        let awaitsClient = request.bodyReader != nil && !exchange.isRequestComplete
        let job = WorkQueue.Job(context: context, waits: waits, awaitsClient: awaitsClient) { [loop, ticket] in
            loop.post(.finished(ticket, responder(request, context)))
        }
        if !server.queue.enqueue(job) {
            server.rejections.add(1, ordering: .relaxed)
            respond(server.routes.refusal(server.overloaded)(request, context))
        }
    }

    /// A context for the request that has just come.
    func makeContext(_ headers: HTTPHeaders, _ match: RouteTable.Match?) -> RequestContext {
        RequestContext(
            number: requestNumber, headers: headers, remoteAddress: peer, routePattern: match?.pattern, deadline: .max,
            account: loop.server.held)
    }

    /// Unique within the server: loops and slots do not share generations and sequences.
    var requestNumber: UInt64 {
        loop.identity ^ (UInt64(generation) << 32 | UInt64(sequence))
    }

    private func limit(_ deadline: Route.Deadline, _ headers: HTTPHeaders) -> Int64 {
        let standard: Int64
        switch deadline {
        case .standard: standard = loop.server.times.request
        case .after(let duration): standard = duration.nanoseconds
        case .none: standard = .max
        }
        guard let field = loop.server.configuration.deadlineHeader, let text = headers[field],
            let milliseconds = Int64(text), 1...86_400_000 ~= milliseconds
        else { return standard }
        return min(standard, milliseconds * 1_000_000)
    }
}
