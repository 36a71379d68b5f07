import Corpus
import Foundation
import HTTP
import PassageIndex
import Ranking
import Search
import Server

/// The whole server without its sockets: a client's bytes go through the parser, what they ask goes to the routes of the
/// REST interface over a small index, and the answers through the encoder.
final class FuzzedServer: @unchecked Sendable {
    // Unchecked: one thread uses it.
    private let routes: RouteTable
    private let registry: IndexRegistry

    init() throws {
        let path = NSTemporaryDirectory() + "passerine-fuzz-\(getpid())"
        let folder = IndexFolder(path: path + "/demo")
        do {
            let settings = IndexSettings(models: .none, fields: ["section"])
            let writer = try IndexWriter(folder, settings: settings, models: .none)
            try writer.add([
                Passage(id: "dia", text: "Dia draws network diagrams.", metadata: ["section": "graphics", "size": 3]),
                Passage(
                    id: "nmap", text: "Nmap explores a network.", metadata: ["section": "net", "tags": ["a", "b"]]),
                Passage(id: "a/b", text: "Ein Netz, 网络图, café."),
            ])
            try writer.commit()
        }
        registry = IndexRegistry(
            IndexSource(folder: path) { folder in
                try SearchEngine(reader: IndexReader(folder, models: .none), models: .none)
            } models: {
                .none
            })
        let operations = ServerOperations(
            access: AccessControl(keys: nil), information: ServerInformation(version: "fuzzed"))
        operations.readiness.phase = .serving
        let interface = RESTInterface(registry: registry, models: ServedModels { .none }, operations: operations)
        routes = RouteTable(interface.router(), errorResponse: HTTPServer.Configuration.defaultErrorResponse)
    }

    /// Takes all that a client sends on one connection.
    func receive(_ bytes: [UInt8]) {
        let (requests, transcript) = read([bytes[...]])
        // Where the bytes are cut on their way must change nothing. The cuts depend on the bytes alone.
        var seed = bytes.reduce(into: UInt64(14_695_981_039_346_656_037)) {
            $0 = ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1
            let end = min(start + Int(seed >> 33) % 40 + 1, bytes.count)
            pieces.append(bytes[start..<end])
            start = end
        }
        let cut = read(pieces).transcript
        precondition(cut == transcript, "cut to pieces:\n\(cut)\nin one:\n\(transcript)")
        scan(bytes, pieces)
        for request in requests.prefix(4) { answer(request) }
    }

    /// The requests that bytes hold, and what the parser said, cuts of bodies left out.
    private func read(_ pieces: [ArraySlice<UInt8>]) -> (requests: [HTTPRequest], transcript: String) {
        var limits = HTTPRequestParser.Limits()
        (limits.headerBytes, limits.targetBytes, limits.headerCount) = (2048, 1024, 20)
        var parser = HTTPRequestParser(limits: limits)
        parser.bodyLimit = 4096
        var (requests, transcript) = ([HTTPRequest](), "")
        var current: HTTPRequest?
        for piece in pieces {
            do throws(HTTPError) {
                try piece.withUnsafeBufferPointer { bytes throws(HTTPError) in
                    var offset = 0
                    while true {
                        switch try parser.next(bytes, offset: &offset) {
                        case .needsInput:
                            precondition(offset == bytes.count, "the parser left \(bytes.count - offset) bytes")
                            return
                        case .head(let head):
                            try parser.checkBodyLimit(head.framing)
                            current = HTTPRequest(
                                method: head.method, target: head.target, version: head.version, headers: head.headers)
                            transcript += "\(head.method) \(head.target) \(head.framing) \(head.keepsAlive)\n"
                        case .body(let range): current?.body.append(contentsOf: bytes[range])
                        case .end:
                            transcript += "\(current?.body ?? [])\n"
                            if let current { requests.append(current) }
                            current = nil
                        }
                    }
                }
            } catch {
                precondition(400...599 ~= error.status.code)
                return (requests, transcript + error.description)
            }
        }
        return (requests, transcript)
    }

    /// Elements of an array of passages end where they end, however the bytes come.
    private func scan(_ bytes: [UInt8], _ pieces: [ArraySlice<UInt8>]) {
        var (whole, gradual) = (JSONElementScanner(), JSONElementScanner())
        var (place, known) = (0, 0)
        var arriving = pieces[...]
        scanning: while true {
            let step = whole.scan(bytes[place...])
            var same = gradual.scan(bytes[place..<max(known, place)])
            while same == .needsMore, let piece = arriving.popFirst() {
                known = piece.endIndex
                same = gradual.scan(bytes[place..<max(known, place)])
            }
            precondition(same == step, "\(same) in pieces, \(step) at once")
            switch step {
            case .element(let length, let skipped):
                precondition(length > 0 && place + skipped + length <= bytes.count)
                place += skipped + length
            case .end, .malformed, .needsMore: break scanning
            }
        }
    }

    private func answer(_ asked: HTTPRequest) {
        var request = asked
        let responder: RouteTable.Responder
        let context: RequestContext
        switch routes.match(request.method, request.target) {
        case .refused(let refusal):
            context = RequestContext(headers: request.headers)
            responder = refusal
        case .found(let entry, let parameters):
            // What changes the index would make one run depend on those before.
            if [.put, .delete].contains(request.method) || entry.route.pattern.hasSuffix("/passages") { return }
            request.parameters = parameters
            context = RequestContext(headers: request.headers, routePattern: entry.route.pattern)
            responder = routes.admit(request, context) ?? entry.responder
        }
        let response = responder(request, context)
        // 503: there are no models. Whatever else goes wrong is the client's doing.
        precondition(response.status.code < 500 || response.status == .serviceUnavailable, "\(response)")
        var terms = HTTPResponseEncoder.Terms(
            version: request.version, isHead: request.method == .head, keepsAlive: true)
        let output = OutputBuffer()
        _ = HTTPResponseEncoder.writeHead(of: response, &terms, date: HTTPDate(), to: output)
        let lines = String(decoding: output.bytes, as: UTF8.self).components(separatedBy: "\r\n")
        precondition(lines.dropLast(2).allSatisfy { !$0.isEmpty } && lines.suffix(2) == ["", ""], "\(lines)")
    }
}
