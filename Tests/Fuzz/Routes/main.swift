import LibFuzzer

// `make fuzz`: what a client can send, without sockets. Nothing may crash, hang or be answered by an unforeseen error,
// whatever the bytes.

private let target = try FuzzedServer()

fuzz { bytes, count in
    target.receive(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
