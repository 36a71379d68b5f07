extension Connection {
    /// Bytes of responses that may wait to be sent before further requests are parsed.
    private static let outputLimit = 65536
    /// Reads in one turn, for fairness between connections.
    private static let readsPerTurn = 4

    private var wantsInput: Bool {
        guard backlog.count < Connection.outputLimit else { return false }
        switch phase {
        case .reading: return true
        case .streamingRequest: return !isPaused
        default: return false
        }
    }

    /// Parses what was left over, then what the socket has, until a request is being answered or there is no more.
    func readAndParse() {
        var reads = 0
        while wantsInput {
            if loop.output.count >= Connection.outputLimit {
                flush()
            } else if !leftover.isEmpty {
                let bytes = leftover
                leftover = []
                let start = leftoverStart
                bytes.withUnsafeBufferPointer { bytes in
                    leftoverStart = start + parse(UnsafeBufferPointer(rebasing: bytes[start...]))
                }
                if leftoverStart < bytes.count { keep(bytes, from: leftoverStart) }
            } else if parser.isEndPending {
                // The body's last bytes made the connection pause: no socket will report its end.
                _ = parse(UnsafeBufferPointer(start: nil, count: 0))
            } else if !isReadable {
                return
            } else if reads == Connection.readsPerTurn {
                loop.continueLater(self)
                return
            } else {
                reads += 1
                receive()
            }
        }
    }

    /// Keeps what is not parsed yet, unless it never will be.
    private func keep(_ bytes: [UInt8], from start: Int) {
        switch phase {
        case .closing, .lingering, .closed:
            isInputSpent = false
        default:
            leftover = bytes
            leftoverStart = start
        }
    }

    private func receive() {
        switch socket.receive(into: loop.input) {
        case .bytes(let count):
            // Edge-triggered epoll reports anew what comes after a read that did not fill the buffer.
            if count < loop.input.count && !hasPeerClosed { isReadable = false }
            let bytes = UnsafeBufferPointer(rebasing: loop.input.bindMemory(to: UInt8.self)[..<count])
            let used = parse(bytes)
            if used < count { keep(Array(bytes[used...]), from: 0) }
        case .wouldBlock:
            isReadable = false
        case .end:
            isReadable = false
            hasPeerClosed = true
            if exchange != nil {
                // The body breaks off: nothing can be answered but the requests before.
                flush()
                abort(status: 499)
            } else {
                phase = .closing
            }
        case .failed:
            abort(status: 499)
        }
    }

    /// Handles the events in a run of bytes; returns how many were used.
    private func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var offset = 0
        do throws(HTTPError) {
            while wantsInput, loop.output.count < Connection.outputLimit {
                switch try parser.next(bytes, offset: &offset) {
                case .needsInput: return offset
                case .head(let head): try begin(head)
                case .body(let range): try received(UnsafeBufferPointer(rebasing: bytes[range]))
                case .end: requestEnded()
                }
            }
        } catch {
            refuse(error)
        }
        return offset
    }

    /// Reads on to the end of a connection that is closed for the other side.
    func discardInput() {
        var reads = 0
        while isReadable {
            if reads == Connection.readsPerTurn {
                loop.continueLater(self)
                return
            }
            reads += 1
            switch socket.receive(into: loop.input) {
            case .bytes(let count): if count < loop.input.count && !hasPeerClosed { isReadable = false }
            case .wouldBlock: isReadable = false
            case .end, .failed:
                close()
                return
            }
        }
    }
}
