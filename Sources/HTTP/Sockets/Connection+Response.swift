extension Connection {
    /// Bodies from this size on are sent from where they lie rather than copied behind their heads.
    private static let copyLimit = 16384
    /// Bytes of a streamed response that may wait to be sent before the next piece is made.
    private static let streamLowWater = 65536

    /// A handler has answered on a worker.
    func handlerFinished(_ response: HTTPResponse) {
        switch phase {
        case .waiting, .streamingRequest:
            if let context = exchange?.context {
                // From here on what waits to be sent counts.
                context.giveBack()
                if context.lackingBytes > 0 { _ = loop.makeRoom(for: context.lackingBytes, asking: self) }
            }
            respond(response)
            advance()
        default:
            break
        }
    }

    /// Answers a request that cannot be parsed or awaited, and closes.
    func refuse(_ error: HTTPError) {
        exchange?.keepsAlive = false
        if exchange == nil {
            // There is no head to report; this stands for it.
            sequence &+= 1
            exchange = Exchange(
                request: .unparsed,
                match: .refused({ _, _ in error.response }), context: makeContext(HTTPHeaders(), nil), framing: .none,
                keepsAlive: false, startedAt: loop.now,
                awaitsContinue: false)
        }
        exchange?.request.bodyReader?.fail(error)
        if case .streamingRequest = phase { exchange?.context.cancel(.clientLeft) }
        respond(withError: error)
    }

    /// Answers the current request with an error of the server's own, which has what all its responses have.
    func respond(withError error: any Error) {
        guard let exchange else { return }
        respond(loop.server.routes.refusal(error)(exchange.request, exchange.context))
    }

    /// Writes the response to the current request.
    func respond(_ response: HTTPResponse) {
        guard let exchange else { return }
        var response = response
        if case .bytes(let body) = response.body, body.count > Connection.copyLimit, !takeRoom(for: body.count) {
            response = loop.server.routes.refusal(loop.server.overloaded)(exchange.request, exchange.context)
        }
        var terms = HTTPResponseEncoder.Terms(
            version: exchange.request.version, isHead: exchange.request.method == .head,
            keepsAlive: exchange.keepsAlive && exchange.isRequestComplete && !loop.isStopping)
        let framing = HTTPResponseEncoder.writeHead(
            of: response, &terms, date: loop.date, serverName: loop.server.configuration.serverName, to: loop.output)
        exchange.keepsAlive = terms.keepsAlive
        exchange.status = response.status.code
        if !exchange.isRequestComplete {
            exchange.request.bodyReader?.fail(
                HTTPError(
                    .badRequest, code: "body_abandoned", message: "The request was answered before its body came."))
        }
        switch response.body {
        case .bytes(let body) where framing != .none:
            exchange.responseBytes = body.count
            write(body)
            endExchange()
        case .stream(let stream) where framing != .none:
            exchange.stream = stream
            exchange.responseFraming = framing
            phase = .streamingResponse
            produce()
        default:
            endExchange()
        }
    }

    /// Counts a body that is about to be sent, as far as it fits what the server may hold.
    private func takeRoom(for bytes: Int) -> Bool {
        let held = loop.server.held
        guard held.reserve(bytes) || (loop.makeRoom(for: bytes, asking: self) && held.reserve(bytes)) else {
            return false
        }
        heldBytes += bytes
        return true
    }

    private func write(_ bytes: [UInt8]) {
        if bytes.count <= Connection.copyLimit {
            loop.output.append(bytes)
        } else {
            backlog.append(loop.output.bytes)
            loop.output.removeAll()
            backlog.append(bytes)
        }
    }

    // MARK: Streams

    /// Has a worker make the next piece, once the client has taken most of the last ones.
    private func produce() {
        guard let exchange, let stream = exchange.stream, !exchange.isProducing,
            backlog.count + loop.output.count < Connection.streamLowWater
        else { return }
        exchange.isProducing = true
        loop.server.queue.enqueueContinuation(
            WorkQueue.Job(context: exchange.context) { [loop, ticket] in
                do {
                    loop.post(.piece(ticket, try stream.next()))
                } catch {
                    _ = loop.server.configuration.errorResponse(error)
                    loop.post(.streamFailed(ticket))
                }
            })
    }

    /// A worker has made a piece, or come to the end.
    func streamProduced(_ piece: [UInt8]?) {
        guard case .streamingResponse = phase, let exchange else { return }
        let framing = exchange.responseFraming
        exchange.isProducing = false
        let sent = exchange.responseBytes + (piece?.count ?? 0)
        exchange.responseBytes = sent
        if case .length(let length) = framing, sent > length || (piece == nil && sent < length) {
            // The length has been promised, so only a closed connection can tell the client.
            abort(status: 500)
            return
        }
        if let piece {
            if framing == .chunked {
                if !piece.isEmpty {
                    loop.output.append(number: piece.count, radix: 16)
                    loop.output.append("\r\n")
                    write(piece)
                    loop.output.append("\r\n")
                }
            } else {
                write(piece)
            }
            flush()
            produce()
        } else {
            if framing == .chunked { HTTPResponseEncoder.writeLastChunk(to: loop.output) }
            endExchange()
        }
        advance()
    }

    // MARK: Sending

    /// Sends what the loop's output buffer holds; what the socket does not take waits in the backlog.
    func flush() {
        if case .closed = phase {
            loop.output.removeAll()
            return
        }
        if loop.output.count > 0 {
            if backlog.isEmpty && isWritable {
                sendOutput()
            } else {
                if !writeClock.isRunning { writeClock.begin(at: loop.now) }
                backlog.append(loop.output.bytes)
            }
            loop.output.removeAll()
        }
        if isWritable && !backlog.isEmpty { drainBacklog() }
    }

    private func sendOutput() {
        switch socket.send(loop.output.bytes) {
        case .bytes(let count) where count == loop.output.count:
            break
        case .bytes(let count):
            isWritable = false
            backlog.append(UnsafeBufferPointer(rebasing: loop.output.bytes[count...]))
            writeClock.begin(at: loop.now)
        case .wouldBlock:
            isWritable = false
            backlog.append(loop.output.bytes)
            writeClock.begin(at: loop.now)
        case .end, .failed:
            abort(status: 499)
        }
    }

    /// Sends waiting bytes while the socket takes them.
    func drainBacklog() {
        if !writeClock.isRunning { writeClock.begin(at: loop.now) }
        let (sent, state) = backlog.drain(to: socket)
        writeClock.count(sent)
        switch state {
        case .bytes: writeClock.stop()
        case .wouldBlock: isWritable = false
        case .end, .failed:
            abort(status: 499)
            return
        }
        if case .streamingResponse = phase { produce() }
    }

    // MARK: Ending

    /// Reports the current request and goes on to the next, or closes.
    func endExchange() {
        guard let exchange else { return }
        self.exchange = nil
        workDeadline = .max
        bodyClock.stop()
        exchange.request.bodyReader?.fail(
            HTTPError(.badRequest, code: "client_left", message: "The client closed the connection."))
        loop.server.bodies.release(exchange.reservedBytes)
        if let onCompletion = loop.server.configuration.onCompletion { onCompletion(summary(of: exchange)) }
        if !exchange.isRequestComplete { isInputSpent = false }
        phase = exchange.keepsAlive && exchange.isRequestComplete ? .reading : .closing
    }

    private func summary(of exchange: Exchange) -> RequestSummary {
        let request = exchange.request
        let context = exchange.context
        return RequestSummary(
            requestID: context.requestID, method: request.method.rawValue, target: request.target,
            routePattern: context.routePattern, parameters: request.parameters, client: context.client,
            status: exchange.status, requestBytes: exchange.requestBytes,
            responseBytes: exchange.responseBytes,
            duration: .nanoseconds(MonotonicTime.now() - exchange.startedAt), remoteAddress: context.remoteAddress)
    }

    /// Closes once everything is sent; at once where the client can have nothing under way.
    func finishClosing() {
        if leftover.isEmpty && !isReadable && isInputSpent {
            close()
            return
        }
        socket.finishWriting()
        leftover = []
        phase = .lingering
        inputDeadline = MonotonicTime.adding(loop.server.times.linger, to: loop.now)
    }
}
