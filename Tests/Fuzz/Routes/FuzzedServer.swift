import Foundation
import HTTP
import Ranking
import Server

/// The whole server without its sockets: a client's bytes go through the parser, what they ask goes to the routes of the
/// REST interface over small indexes, and the answers through the encoder.
final class FuzzedServer: @unchecked Sendable {
    // Unchecked: one thread uses it.
    private let models: ModelSet
    private let scratch: String
    private var site: FuzzedSite?
    private var sites = 0

    init() throws {
        // Everything is synced, which memory is quickest at.
        let place = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
        scratch = place + "passerine-fuzz-\(getpid())"
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let tiny = tests + "/RankingTests/Fixtures/one-pass"
        models = try ModelSet(
            colbertFolder: tiny, tildeFolder: tiny, crossEncoderFolder: tests + "/RankingTests/Fixtures/cross-1")
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        // libFuzzer ends by `_exit`, so what an earlier run has left is removed by the next one.
        for name in try FileManager.default.contentsOfDirectory(atPath: place) where name.hasPrefix("passerine-fuzz-") {
            guard let process = Int32(name.dropFirst(15)), kill(process, 0) != 0 else { continue }
            try? FileManager.default.removeItem(atPath: place + name)
        }
        try FuzzedSite.makeTemplate(
            scratch + "/template", models: ModelSet(colbert: models.colbert, tilde: models.tilde))
    }

    /// A site that nothing has changed yet.
    private func freshSite() throws -> FuzzedSite {
        if let site, !site.isChanged { return site }
        site = nil
        sites += 1
        let fresh = try FuzzedSite(
            copying: scratch + "/template", to: scratch + "/site\(sites)", models: models)
        site = fresh
        return fresh
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
        guard !requests.isEmpty else { return }
        do {
            let site = try freshSite()
            for request in requests.prefix(4) { answer(request, site) }
        } catch {
            preconditionFailure("no site can be made: \(error)")
        }
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

    private func answer(_ asked: HTTPRequest, _ site: FuzzedSite) {
        var request = asked
        let responder: RouteTable.Responder
        let context: RequestContext
        switch site.routes.match(request.method, request.target) {
        case .refused(let refusal):
            context = RequestContext(headers: request.headers)
            responder = refusal
        case .found(let entry, let parameters):
            if [.put, .delete].contains(request.method) || entry.route.pattern.hasSuffix("/passages") {
                site.isChanged = true
            }
            request.parameters = parameters
            context = RequestContext(headers: request.headers, routePattern: entry.route.pattern)
            responder = site.routes.admit(request, context) ?? entry.responder
        }
        let response = responder(request, context)
        // 503: a stage has no model. Whatever else goes wrong is the client's doing.
        precondition(response.status.code < 500 || response.status == .serviceUnavailable, "\(response)")
        var terms = HTTPResponseEncoder.Terms(
            version: request.version, isHead: request.method == .head, keepsAlive: true)
        let output = OutputBuffer()
        _ = HTTPResponseEncoder.writeHead(of: response, &terms, date: HTTPDate(), to: output)
        let lines = String(decoding: output.bytes, as: UTF8.self).components(separatedBy: "\r\n")
        precondition(lines.dropLast(2).allSatisfy { !$0.isEmpty } && lines.suffix(2) == ["", ""], "\(lines)")
        if case .stream(let stream) = response.body {
            do {
                while try stream.next() != nil {}
            } catch {
                preconditionFailure("an answer breaks off: \(error)")
            }
        }
    }
}
