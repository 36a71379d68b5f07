/// Bytes that a socket would not take yet, in the pieces in which they were made.
struct OutputBacklog {
    private var pieces: [[UInt8]] = []
    private var first = 0
    /// Bytes of the first piece that have gone.
    private var offset = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ piece: [UInt8]) {
        guard !piece.isEmpty else { return }
        pieces.append(piece)
        count += piece.count
    }

    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        if !bytes.isEmpty { append(Array(bytes)) }
    }

    /// Sends what the socket takes.
    /// - Returns: the bytes sent, and what stopped it: `.bytes` when all is gone.
    mutating func drain(to socket: Socket) -> (sent: Int, state: Socket.Transfer) {
        var sent = 0
        while !isEmpty {
            let result = pieces[first].withUnsafeBytes { head in
                let head = UnsafeRawBufferPointer(rebasing: head[offset...])
                guard first + 1 < pieces.count else {
                    return socket.send(head.bindMemory(to: UInt8.self))
                }
                return pieces[first + 1].withUnsafeBytes { socket.send(head, $0) }
            }
            guard case .bytes(let bytes) = result else { return (sent, result) }
            sent += bytes
            drop(bytes)
        }
        return (sent, .bytes(sent))
    }

    private mutating func drop(_ bytes: Int) {
        count -= bytes
        offset += bytes
        while first < pieces.count, offset >= pieces[first].count {
            offset -= pieces[first].count
            pieces[first] = []
            first += 1
        }
        if first == pieces.count {
            pieces = []
            first = 0
        } else if first > 32 {
            pieces.removeFirst(first)
            first = 0
        }
    }
}
