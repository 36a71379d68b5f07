import Foundation
import HTTP
import Server
import Testing

@Suite struct AccessControlTests {
    private static let search = "/v1/indexes/notes/search"

    @Test func rolesGateRoutes() throws {
        let (reader, readerSecret) = try AccessKey.made("reader", .search)
        let (writer, writerSecret) = try AccessKey.made("writer", .write)
        let (admin, adminSecret) = try AccessKey.made("boss", .admin)
        let site = try TestSite(keys: [reader, writer, admin])
        func status(_ path: String, _ method: String, _ key: String) throws -> Int {
            try site.ask(path, "-X", method, "-d", "x", key: key).status
        }
        for (key, expected) in [
            (readerSecret, [200, 403, 403]), (writerSecret, [200, 200, 403]), (adminSecret, [200, 200, 200]),
        ] {
            let got = [
                try status(Self.search, "POST", key), try status("/v1/indexes/notes/passages", "POST", key),
                try status("/v1/indexes/notes", "PUT", key),
            ]
            #expect(got == expected)
        }
        let named = try site.ask(Self.search, "-d", "x", key: readerSecret)
        #expect(named.body == "notes for reader")
        let refused = try site.ask("/v1/indexes/notes", "-X", "PUT", key: readerSecret)
        #expect(refused.code == "role_required" && refused.body.contains("admin"))
        // A route that nobody has given a role is for admins.
        #expect(try site.ask("/v1/secret-corner", key: writerSecret).status == 403)
        #expect(try site.ask("/v1/secret-corner", key: adminSecret).status == 200)
    }

    @Test func missingAndUnknownKeysAreRefused() throws {
        let (key, secret) = try AccessKey.made("reader", .search)
        let site = try TestSite(keys: [key])
        let missing = try site.ask(Self.search, "-d", "x")
        #expect(missing.status == 401 && missing.code == "unauthorized")
        #expect(missing["WWW-Authenticate"] == "Bearer realm=\"passerine\"")
        let unknown = try site.ask(Self.search, "-d", "x", key: AccessSecret().text)
        #expect(unknown.status == 401 && unknown["WWW-Authenticate"]?.contains("invalid_token") == true)
        for field in ["Basic \(secret)", "Bearer", "Bearer \(secret) \(secret)", secret, "Bearer \(key.hash)"] {
            #expect(try site.ask(Self.search, "-d", "x", "-H", "Authorization: \(field)").status == 401, "\(field)")
        }
        let twice = try site.ask(
            Self.search, "-d", "x", "-H", "Authorization: Bearer \(secret)", "-H", "Authorization: Bearer \(secret)")
        #expect(twice.status == 401)
        #expect(try site.ask(Self.search, "-d", "x", "-H", "Authorization: bearer  \(secret)").status == 200)
        // The secret is nobody's business.
        #expect(!unknown.body.contains(secret))
    }

    @Test func openRoutesNeedNoKeyAndMetricsOnlyElsewhere() throws {
        let (key, secret) = try AccessKey.made("reader", .search, indexes: ["notes"])
        let site = try TestSite(keys: [key])
        for path in ["/healthz", "/readyz", "/", "/metrics"] { #expect(try site.ask(path).status == 200, "\(path)") }
        #expect(try site.ask("/", "-I").status == 200)
        // A proxy on this machine does not make its clients local.
        let proxied = try site.ask("/metrics", "-H", "X-Forwarded-For: 192.0.2.1")
        #expect(proxied.status == 401)
        #expect(try site.ask("/metrics", "-H", "X-Forwarded-For: 192.0.2.1", key: secret).status == 200)
        #expect(try site.ask("/nowhere").status == 404)
        #expect(try site.ask("/v1/indexes", "-X", "OPTIONS").status == 204)
    }

    @Test func scopesHideOtherIndexes() throws {
        let (key, secret) = try AccessKey.made("reader", .admin, indexes: ["notes"])
        let site = try TestSite(keys: [key])
        #expect(try site.ask(Self.search, "-d", "x", key: secret).status == 200)
        for name in ["other", "%6Eotes2", "..", "NOTES"] {
            let refused = try site.ask("/v1/indexes/\(name)/search", "-d", "x", key: secret)
            #expect(refused.status == 403 && refused.code == "index_out_of_scope", "\(name)")
        }
    }

    @Test func refusalsDoNotWaitForBodies() throws {
        let (key, _) = try AccessKey.made("reader", .search)
        let site = try TestSite(keys: [key])
        // The client announces a body that it never sends, and waits to be told to.
        let answer = try site.ask(
            "/v1/indexes/notes/passages", "-H", "Expect: 100-continue", "-H", "Content-Length: 1000000", "--data", "x")
        #expect(answer.status == 401)
    }

    @Test func ratesAreKept() throws {
        let (slow, slowSecret) = try AccessKey.made("slow", .search, rate: AccessKey.Rate(perSecond: 0.001, burst: 3))
        let (free, freeSecret) = try AccessKey.made("free", .search)
        let site = try TestSite(keys: [slow, free])
        let statuses = try (0..<4).map { _ in try site.ask(Self.search, "-d", "x", key: slowSecret).status }
        #expect(statuses == [200, 200, 200, 429])
        let refused = try site.ask(Self.search, "-d", "x", key: slowSecret)
        #expect(refused.code == "rate_limited")
        #expect((1...1000).contains(refused["Retry-After"].flatMap { Int($0) } ?? 0))
        #expect(try site.ask(Self.search, "-d", "x", key: freeSecret).status == 200)
        // Reloading the same keys does not fill the bucket.
        site.operations.update(keys: try AccessKeys([slow, free]), origins: CrossOriginPolicy())
        #expect(try site.ask(Self.search, "-d", "x", key: slowSecret).status == 429)
    }

    @Test func keysCanBeReplacedWhileServing() throws {
        let (old, oldSecret) = try AccessKey.made("old", .search)
        let (new, newSecret) = try AccessKey.made("new", .search)
        let site = try TestSite(keys: [old])
        #expect(try site.ask(Self.search, "-d", "x", key: newSecret).status == 401)
        site.operations.update(keys: try AccessKeys([new]), origins: CrossOriginPolicy())
        #expect(try site.ask(Self.search, "-d", "x", key: newSecret).status == 200)
        #expect(try site.ask(Self.search, "-d", "x", key: oldSecret).status == 401)
        site.operations.update(keys: try AccessKeys([]), origins: CrossOriginPolicy())
        #expect(try site.ask(Self.search, "-d", "x", key: newSecret).status == 401)
    }

    /// What a page loads without saying whose it is: pictures, scripts, links.
    @Test func withoutKeysForeignPagesAreRefusedThatSendNoOrigin() throws {
        let site = try TestSite(origins: ["https://search.example.org"])
        func status(_ path: String, _ fields: String...) throws -> Int {
            try TestSite.ask(["http://127.0.0.1:\(site.port)\(path)"] + fields.flatMap { ["-H", $0] }).status
        }
        for path in ["/v1/indexes", "/v1/indexes/notes", "/v1/secret-corner", "/metrics"] {
            for mode in ["no-cors", "navigate", "cors"] {
                #expect(
                    try status(path, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: \(mode)") == 403, "\(path) \(mode)")
            }
            #expect(try status(path, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate") == 200)
            #expect(try status(path) == 200)
            // An origin that is allowed says so; its pictures do not.
            #expect(try status(path, "Sec-Fetch-Site: cross-site", "Origin: https://search.example.org") == 200)
            #expect(try status(path, "Sec-Fetch-Site: cross-site", "Origin: https://other.example.org") == 403)
            let own = "Origin: http://127.0.0.1:\(site.port)"
            #expect(try status(path, "Sec-Fetch-Site: same-origin", own) == 200)
            #expect(try status(path, "Sec-Fetch-Site: cross-site", own) == 403)
        }
        // Links from elsewhere to the page itself lead there, and what tells nothing is for everybody.
        for path in ["/", "/healthz", "/readyz"] {
            #expect(try status(path, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate") == 200, "\(path)")
        }
        let anybody = try TestSite(origins: ["*"])
        let field = ["-H", "Sec-Fetch-Site: cross-site"]
        #expect(try TestSite.ask(["http://127.0.0.1:\(anybody.port)/v1/indexes"] + field).status == 200)
        // With keys a page has none, whoever's it is.
        let (key, secret) = try AccessKey.made("reader", .search)
        let keyed = try TestSite(keys: [key])
        #expect(try keyed.ask("/v1/indexes", "-H", "Sec-Fetch-Site: cross-site").status == 401)
        #expect(try keyed.ask("/v1/indexes", "-H", "Sec-Fetch-Site: cross-site", key: secret).status == 200)
    }

    /// This machine needs no key for `/metrics`, which a page that it shows must not make use of.
    @Test func metricsAreForThisMachineAndNotForPagesThatItShows() throws {
        let (key, secret) = try AccessKey.made("reader", .search)
        let site = try TestSite(keys: [key])
        #expect(try site.ask("/metrics").status == 200)
        for field in ["Host: evil.example", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"] {
            #expect(try site.ask("/metrics", "-H", field).status == 401, "\(field)")
            #expect(try site.ask("/metrics", "-H", field, key: secret).status == 200, "\(field)")
        }
        // A key that is none is no reason to show all.
        #expect(try site.ask("/metrics", key: AccessSecret().text).status == 401)
    }

    @Test func withoutKeysForeignPagesAreRefused() throws {
        let site = try TestSite(origins: ["https://search.example.org"])
        #expect(try site.ask(Self.search, "-d", "x").body == "notes for local")
        func status(_ field: String) throws -> Int { try site.ask(Self.search, "-d", "x", "-H", field).status }
        let own = try status("Origin: http://127.0.0.1:\(site.port)")
        #expect(own == 200)
        #expect(try status("Origin: https://search.example.org") == 200)
        for field in ["Origin: https://evil.example", "Origin: null", "Host: evil.example", "Host: evil.example:8080"] {
            #expect(try status(field) == 403, "\(field)")
        }
        for field in ["Host: localhost:1", "Host: passerine", "Host: [::1]:8080", "Host: 10.0.0.1"] {
            #expect(try status(field) == 200, "\(field)")
        }
        // Another port of this machine is the same site, and another origin all the same.
        for site in ["cross-site", "same-site", "Cross-Site", "nonsense", ""] {
            let field = site.isEmpty ? "Sec-Fetch-Site;" : "Sec-Fetch-Site: \(site)"
            #expect(try status(field) == 403, "\(site)")
        }
        for site in ["same-origin", "none"] { #expect(try status("Sec-Fetch-Site: \(site)") == 200, "\(site)") }
        let trusting = try TestSite(trustsNetwork: true)
        #expect(try trusting.ask(Self.search, "-d", "x", "-H", "Host: search.example.org").status == 200)
    }
}
