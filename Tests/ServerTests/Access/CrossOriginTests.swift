import Server
import Testing

@Suite struct CrossOriginTests {
    @Test func namedOriginsAreAllowedExactly() throws {
        let (key, secret) = try AccessKey.made("reader", .search)
        let site = try TestSite(keys: [key], origins: ["https://search.example.org"])
        let asked = try site.ask(
            "/v1/indexes/notes/search", "-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST", "-H",
            "Origin: https://search.example.org")
        #expect(asked.status == 204 && asked["Access-Control-Allow-Origin"] == "https://search.example.org")
        #expect(asked["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
        #expect(asked["Vary"] == "Origin" && asked["Access-Control-Allow-Credentials"] == nil)
        let answer = try site.ask(
            "/v1/indexes/notes/search", "-d", "x", "-H", "Origin: https://search.example.org", key: secret)
        #expect(answer.status == 200 && answer["Access-Control-Allow-Origin"] == "https://search.example.org")
        // A page must be able to read why it was refused.
        let refused = try site.ask("/v1/indexes/notes/search", "-d", "x", "-H", "Origin: https://search.example.org")
        #expect(refused.status == 401 && refused["Access-Control-Allow-Origin"] == "https://search.example.org")
        for origin in ["https://search.example.org.evil", "http://search.example.org", "null"] {
            let other = try site.ask("/", "-H", "Origin: \(origin)")
            #expect(other["Access-Control-Allow-Origin"] == nil && other.values("Vary").contains("Origin"), "\(origin)")
        }
    }

    @Test(arguments: [
        "authorization,content-type,x-stainless-os,x-stainless-retry-count", "x-fern-language, x-client-name",
        "openai-organization, OpenAI-Project", "user-agent", "x-request-id", "!#$%&'*+-.^_`|~",
    ])
    func preflightsAllowTheHeadersThatClientsAskFor(_ asked: String) throws {
        let site = try TestSite(origins: ["https://search.example.org"])
        let answer = try site.ask(
            "/v1/indexes/notes/search", "-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST", "-H",
            "Origin: https://search.example.org", "-H", "Access-Control-Request-Headers: \(asked)", "-H",
            "Access-Control-Request-Private-Network: true")
        let allowed = (answer["Access-Control-Allow-Headers"] ?? "").lowercased().split(separator: ",")
            .map { $0.filter { $0 != " " } }
        for name in asked.lowercased().split(separator: ",") {
            #expect(allowed.count { $0 == name.filter { $0 != " " } } == 1, "\(allowed)")
        }
        #expect(allowed.contains("authorization") && allowed.contains("content-type"))
        #expect(answer["Access-Control-Allow-Private-Network"] == "true")
        // As every response has.
        #expect(answer["X-Content-Type-Options"] == "nosniff" && answer["X-Request-ID"] != nil)
    }

    @Test(arguments: ["", "a b@c, x-fine", "x(y), x-fine", ",,,x-fine,", "é, x-fine"])
    func whatIsNoHeadersNameDoesNotComeBack(_ asked: String) throws {
        let site = try TestSite(origins: ["*"])
        let answer = try site.ask(
            "/nowhere", "-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST", "-H", "Origin: https://a.example",
            "-H", asked.isEmpty ? "Access-Control-Request-Headers;" : "Access-Control-Request-Headers: \(asked)")
        #expect(answer.status == 204 && answer["Access-Control-Allow-Private-Network"] == nil)
        let allowed = answer["Access-Control-Allow-Headers"] ?? ""
        #expect(allowed.contains("x-fine") == !asked.isEmpty && allowed.contains("Authorization"))
        #expect(!allowed.contains("@") && !allowed.contains("(") && !allowed.contains("é") && !allowed.contains(",,"))
    }

    @Test func othersPreflightsGetNothing() throws {
        let site = try TestSite(origins: ["https://search.example.org"])
        let answer = try site.ask(
            "/v1/indexes/notes/search", "-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST", "-H",
            "Origin: https://evil.example", "-H", "Access-Control-Request-Headers: authorization", "-H",
            "Access-Control-Request-Private-Network: true")
        #expect(answer.headers.allSatisfy { !$0.name.hasPrefix("access-control-allow") })
    }

    /// A page must be able to read also what the head alone is refused for.
    @Test func refusalsByTheHeadCanBeRead() throws {
        let site = try TestSite(origins: ["https://search.example.org"]) { $0.maxBodyBytes = 10 }
        for fields in [["-d", "more than ten bytes"], ["-d", "x", "-H", "Content-Encoding: br"]] {
            let answer = try TestSite.ask(
                ["http://127.0.0.1:\(site.port)/v1/indexes/notes/search", "-H", "Origin: https://search.example.org"]
                    + fields)
            #expect(answer.status == 413 || answer.status == 415)
            #expect(answer["Access-Control-Allow-Origin"] == "https://search.example.org")
        }
    }

    @Test func anyOriginNeverGetsCredentials() throws {
        let site = try TestSite(origins: ["*"])
        let answer = try site.ask("/v1/indexes/notes/search", "-d", "x", "-H", "Origin: https://anywhere.example")
        #expect(answer.status == 200 && answer["Access-Control-Allow-Origin"] == "*")
        #expect(answer["Access-Control-Allow-Credentials"] == nil)
    }

    @Test func withoutOriginsThereIsNoCORS() throws {
        let site = try TestSite()
        let answer = try site.ask(
            "/v1/indexes", "-X", "OPTIONS", "-H", "Access-Control-Request-Method: GET", "-H",
            "Origin: https://a.example")
        #expect(answer["Access-Control-Allow-Origin"] == nil && answer["Allow"]?.contains("GET") == true)
    }

    @Test(arguments: [
        ("https://a.example", true), ("http://localhost:3000", true), ("*", true), ("a.example", false),
        ("https://a.example/", false), ("https://*.example", false), ("https://", false), ("ftp://a", false),
    ])
    func originsAreChecked(text: String, isOrigin: Bool) {
        #expect(CrossOriginPolicy.isOrigin(text) == isOrigin)
    }
}
