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
