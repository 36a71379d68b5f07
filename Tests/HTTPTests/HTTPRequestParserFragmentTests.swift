import HTTP
import Testing

@Suite struct HTTPRequestParserFragmentTests {
    static let stream = Array(
        ("GET /1?a=b HTTP/1.1\r\nHost: example.com:8080\r\nAccept: */*\r\n\r\n"
            + "\r\nPOST /2 HTTP/1.1\r\nhost: x\r\nContent-Length: 11\r\n\r\nhello\r\nworl"
            + "PUT /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
            + "4;n=v\r\n\r\n\r\n\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"
            + "DELETE /4%20x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /5 HTTP/1.1\r\nHost: x\r\n\r\n").utf8)

    @Test func readsAPipelinedStreamWhereverItIsCut() {
        let whole = EventTranscript([Self.stream[...]])
        #expect(whole.refusal == nil)
        #expect(whole.lines.count == 10)
        #expect(whole.lines[3] == "body hello\r\nworl")
        #expect(whole.lines[5] == "body \r\n\r\n0123456789")
        for cut in 0...Self.stream.count {
            #expect(EventTranscript([Self.stream[..<cut], Self.stream[cut...]]) == whole, "cut at \(cut)")
        }
        #expect(EventTranscript(Self.stream.indices.map { Self.stream[$0...$0] }) == whole)
    }

    @Test(arguments: 1...50)
    func readsAPipelinedStreamInRandomPieces(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = Self.pieces(of: Self.stream, longest: 40, &generator)
        #expect(EventTranscript(pieces) == EventTranscript([Self.stream[...]]))
    }

    /// Mutated requests: whatever they are, never a crash, an endless loop or an answer that depends on the cuts.
    @Test(arguments: 1...40)
    func survivesMutations(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let interesting = Array("\r\n\0 \t:;,%0123456789abcdefHTTP/\u{7f}\u{80}".utf8)
        for _ in 0..<100 {
            var bytes = Self.stream
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                let byte =
                    Bool.random(using: &generator)
                    ? interesting[Int.random(in: 0..<interesting.count, using: &generator)]
                    : UInt8.random(in: 0...255, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                case 2: bytes.remove(at: place)
                case 3: bytes.removeSubrange(place..<min(place + 9, bytes.count))
                default: bytes.insert(contentsOf: bytes[place..<min(place + 30, bytes.count)], at: place)
                }
            }
            var limits = HTTPRequestParser.Limits()
            limits.headerBytes = 300
            limits.targetBytes = 100
            limits.headerCount = 5
            let whole = EventTranscript([bytes[...]], limits: limits, bodyLimit: 1000)
            let pieces = Self.pieces(of: bytes, longest: 20, &generator)
            #expect(EventTranscript(pieces, limits: limits, bodyLimit: 1000) == whole)
        }
    }

    @Test(arguments: 1...40)
    func survivesNoise(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = (0..<4000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let whole = EventTranscript([bytes[...]])
        #expect(whole.refusal != nil)
        #expect(EventTranscript(Self.pieces(of: bytes, longest: 100, &generator)) == whole)
    }

    static func pieces(
        of bytes: [UInt8], longest: Int, _ generator: inout SeededGenerator
    ) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + Int.random(in: 1...longest, using: &generator), bytes.count)
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }
}
