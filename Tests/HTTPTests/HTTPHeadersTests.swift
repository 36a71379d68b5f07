import HTTP
import Testing

@Suite struct HTTPHeadersTests {
    @Test func comparesNamesWithoutCaseAndKeepsOrder() {
        var headers: HTTPHeaders = ["Vary": "Accept", "X-A": "1", "vary": "Origin"]
        #expect(headers["VARY"] == "Accept")
        #expect(headers.values("Vary") == ["Accept", "Origin"])
        #expect(headers.map(\.name) == ["Vary", "X-A", "vary"])
        headers["Vary"] = "*"
        #expect(headers == ["X-A": "1", "Vary": "*"])
        headers["x-a"] = nil
        #expect(headers.count == 1)
        #expect(headers["absent"] == nil)
    }

    @Test func letsNoValueStartAnotherField() {
        var headers = HTTPHeaders()
        let isAdded = headers.add("Location", "/a\r\nSet-Cookie: x=1\0")
        #expect(isAdded)
        #expect(headers["Location"] == "/a  Set-Cookie: x=1 ")
        for name in ["Bad Name", "", "A:B", "X\r\nY"] {
            let isAdded = headers.add(name, "x")
            #expect(!isAdded)
        }
        #expect(headers.count == 1)
    }

    @Test func findsTokensInLists() {
        let headers: HTTPHeaders = ["Accept-Encoding": "br;q=1.0, GZIP ;q=0.5", "accept-encoding": "zstd"]
        #expect(headers.lists("gzip", in: "Accept-Encoding"))
        #expect(headers.lists("br", in: "accept-encoding"))
        #expect(headers.lists("zstd", in: "accept-encoding"))
        #expect(!headers.lists("zip", in: "accept-encoding"))
    }
}
