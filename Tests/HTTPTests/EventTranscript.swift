import HTTP

/// Runs bytes through a parser and writes down what it says, so that runs can be compared.
struct EventTranscript: Equatable {
    /// One line an event; runs of body bytes are joined, since where they are cut is not fixed.
    var lines: [String] = []
    var refusal: HTTPError?

    static func == (left: EventTranscript, right: EventTranscript) -> Bool {
        left.lines == right.lines && left.refusal?.description == right.refusal?.description
    }

    /// Feeds `pieces` one after the other.
    init(_ pieces: [ArraySlice<UInt8>], limits: HTTPRequestParser.Limits = .init(), bodyLimit: Int = .max) {
        var parser = HTTPRequestParser(limits: limits)
        parser.bodyLimit = bodyLimit
        var body: [UInt8]?
        for piece in pieces {
            piece.withUnsafeBufferPointer { bytes in
                var offset = 0
                do throws(HTTPError) {
                    loop: while true {
                        switch try parser.next(bytes, offset: &offset) {
                        case .needsInput:
                            if offset != bytes.count { lines.append("left \(bytes.count - offset) bytes") }
                            break loop
                        case .head(let head):
                            try parser.checkBodyLimit(head.framing)
                            lines.append(EventTranscript.text(head))
                            body = []
                        case .body(let range): body?.append(contentsOf: bytes[range])
                        case .end:
                            lines.append("body \(String(decoding: body ?? [], as: UTF8.self))")
                            body = nil
                        }
                    }
                } catch {
                    refusal = refusal ?? error
                }
            }
            if refusal != nil { return }
        }
        if !parser.isBetweenRequests { lines.append("unfinished") }
    }

    init(_ text: String, limits: HTTPRequestParser.Limits = .init(), bodyLimit: Int = .max) {
        self.init([Array(text.utf8)[...]], limits: limits, bodyLimit: bodyLimit)
    }

    private static func text(_ head: HTTPRequestHead) -> String {
        let fields = head.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        let flags = (head.keepsAlive ? " keep" : "") + (head.expectsContinue ? " expect" : "")
        return "\(head.method) \(head.target) \(head.version) \(head.framing)\(flags) [\(fields)]"
    }
}
