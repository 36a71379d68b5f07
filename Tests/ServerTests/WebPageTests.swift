import Foundation
import Testing

@Suite struct WebPageTests {
    /// The page's files as they stand in the sources.
    private static let assets = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Sources/Server/WebPage/Assets").standardizedFileURL

    private static func source(_ name: String) throws -> String {
        try String(contentsOf: assets.appendingPathComponent(name), encoding: .utf8)
    }

    /// Status, header fields by lowercased name, and body.
    private func get(
        _ running: RunningServer, _ path: String, _ arguments: [String] = []
    ) throws -> (status: Int, headers: [String: String], body: String) {
        let answer = try running.fetch(path, arguments: ["-i"] + arguments)
        let text = answer.body.replacingOccurrences(of: "\r\n", with: "\n")
        let end = try #require(text.range(of: "\n\n"))
        let fields = text[..<end.lowerBound].split(separator: "\n").dropFirst().compactMap { line in
            line.firstIndex(of: ":").map {
                (line[..<$0].lowercased(), line[$0...].dropFirst().trimmingCharacters(in: .whitespaces))
            }
        }
        return (answer.status, Dictionary(fields) { "\($0), \($1)" }, String(text[end.upperBound...]))
    }

    @Test func everyFileIsServedAsItStandsInTheSources() throws {
        let running = try RunningServer()
        let types = [
            "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
            "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        ]
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.assets.path)
        #expect(names.count > 10)
        for name in names {
            let answer = try get(running, name == "index.html" ? "/" : "/assets/\(name)")
            #expect(answer.status == 200, "\(name)")
            let source = try Self.source(name)
            #expect(answer.body == source, "\(name) is not the one in the sources")
            let type = types[String(name.split(separator: ".").last ?? "")]
            #expect(type != nil && answer.headers["content-type"] == type, "\(name)")
        }
    }

    @Test(arguments: ["/", "/assets/app.js", "/assets/icon.svg"])
    func nothingInlineAndNothingFromElsewhereMayRun(path: String) throws {
        let running = try RunningServer()
        let headers = try get(running, path).headers
        let policy = try #require(headers["content-security-policy"])
        for rule in [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
            "frame-ancestors 'none'", "form-action 'none'", "require-trusted-types-for 'script'",
        ] {
            #expect(policy.components(separatedBy: "; ").contains(rule))
        }
        #expect(!policy.contains("unsafe") && !policy.contains("*") && !policy.contains("http"))
        #expect(headers["x-content-type-options"] == "nosniff")
        #expect(headers["x-frame-options"] == "DENY")
        #expect(headers["referrer-policy"] == "no-referrer")
        #expect(headers["cache-control"] == "no-cache")
    }

    @Test func whatTheClientHasIsNotSentAgain() throws {
        let running = try RunningServer()
        let first = try get(running, "/assets/style.css")
        let tag = try #require(first.headers["etag"])
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.count > 10)
        #expect(try get(running, "/assets/app.js").headers["etag"] != tag)
        for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*", "\"other\" , W/\(tag) "] {
            let again = try get(running, "/assets/style.css", ["-H", "If-None-Match: \(known)"])
            #expect(again.status == 304, "\(known)")
            #expect(again.body.isEmpty)
            #expect(again.headers["etag"] == tag)
            #expect(again.headers["cache-control"] == "no-cache")
        }
        for other in ["\"other\"", String(tag.dropLast(2)) + "\"", String(tag.dropFirst()), "W/", ""] {
            #expect(try get(running, "/assets/style.css", ["-H", "If-None-Match: \(other)"]).status == 200, "\(other)")
        }
    }

    @Test func headIsAnsweredWithoutABody() throws {
        let running = try RunningServer()
        let answer = try get(running, "/", ["-I"])
        #expect(answer.status == 200)
        let source = try Self.source("index.html")
        #expect(answer.headers["content-length"] == String(source.utf8.count))
        #expect(answer.body.isEmpty)
    }

    @Test(arguments: ["/", "/assets/app.js", "/openapi.json"])
    func filesAreCompressedForWhoAsks(path: String) throws {
        let running = try RunningServer()
        let plain = try get(running, path)
        #expect(plain.headers["content-encoding"] == nil && plain.headers["vary"] == "Accept-Encoding")
        let packed = try get(running, path, ["--compressed"])
        #expect(packed.headers["content-encoding"] == "gzip" && packed.headers["vary"] == "Accept-Encoding")
        #expect(packed.body == plain.body)
        let length = try #require(packed.headers["content-length"].flatMap { Int($0) })
        #expect(length < plain.body.utf8.count * 2 / 3)
        if let tag = plain.headers["etag"] { #expect(packed.headers["etag"] == "W/" + tag) }
    }

    @Test(arguments: ["/", "/assets/app.js"])
    func otherMethodsAreRefused(path: String) throws {
        let running = try RunningServer()
        for method in ["POST", "PUT", "DELETE"] {
            let answer = try get(running, path, ["-X", method])
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET, HEAD, OPTIONS")
        }
    }

    @Test(arguments: [
        "/assets/none.js", "/assets/index.html", "/assets/", "/assets/%2e%2e%2fWebPage.swift", "/assets/..%2f..",
        "/assets/app.js%00", "/assets/style.css/x",
    ])
    func thereIsNothingElse(path: String) throws {
        let running = try RunningServer()
        #expect(try get(running, path, ["--path-as-is"]).status == 404)
    }

    @Test func thePageNamesOnlyItsOwnFiles() throws {
        let names = Set(try FileManager.default.contentsOfDirectory(atPath: Self.assets.path))
        let quoted = /["'](?:\/assets\/|\.\/)([A-Za-z0-9._-]+)["']/
        for name in names {
            let text = try Self.source(name)
            for match in text.matches(of: quoted) { #expect(names.contains(String(match.1)), "\(name)") }
            // What a namespace is called is no address that anything is fetched from.
            let addresses = text.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
            #expect(!addresses.contains("src=\"http") && !addresses.contains("href=\"http"), "\(name)")
            #expect(!addresses.contains("url("), "\(name)")
            for sink in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", " style=", "onclick=\"",
            ] {
                #expect(!text.contains(sink), "\(name) has \(sink)")
            }
        }
    }
}
