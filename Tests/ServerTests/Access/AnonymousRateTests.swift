import HTTP
import Server
import Testing

@Suite struct AnonymousRateTests {
    /// The status that a request from an address is answered with, 200 where it is let in.
    private func ask(
        _ access: AccessControl, from host: String, _ pattern: String = "/", key: String? = nil
    ) throws -> Int {
        let headers: HTTPHeaders = key.map { ["Authorization": "Bearer \($0)"] } ?? [:]
        let context = RequestContext(
            headers: headers, remoteAddress: .ip(host: host, port: 5000), routePattern: pattern)
        do {
            _ = try access.admit(HTTPRequest(target: pattern, headers: headers), context)
            return 200
        } catch let error as HTTPError {
            if error.status.code == 429 { #expect(error.headers["Retry-After"].flatMap { Int($0) } ?? 0 >= 1) }
            return error.status.code
        }
    }

    /// So slow that no token comes while a test runs.
    private func control(keys: [AccessKey]?) throws -> AccessControl {
        AccessControl(
            keys: try keys.map { try AccessKeys($0) }, anonymousRate: AccessKey.Rate(perSecond: 0.001, burst: 3))
    }

    @Test func anAddressHasARateOfItsOwn() throws {
        let (key, secret) = try AccessKey.made("reader", .search)
        let access = try control(keys: [key])
        var got: [Int] = []
        for _ in 0..<2 { got.append(try ask(access, from: "192.0.2.1")) }
        // Guessing keys counts as well.
        for _ in 0..<2 { got.append(try ask(access, from: "192.0.2.1", "/v1/indexes", key: "psr_guess")) }
        #expect(got == [200, 200, 401, 429])
        #expect(try ask(access, from: "192.0.2.1") == 429)
        // Who has a key is not held up by others at the same address, nor is another address.
        #expect(try ask(access, from: "192.0.2.1", "/v1/indexes", key: secret) == 200)
        #expect(try ask(access, from: "192.0.2.2") == 200)
        for pattern in ["/healthz", "/readyz"] { #expect(try ask(access, from: "192.0.2.1", pattern) == 200) }
    }

    @Test func aNetworkOfIPv6CountsAsOneAddress() throws {
        let (key, _) = try AccessKey.made("reader", .search)
        let access = try control(keys: [key])
        for host in ["2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::"] {
            #expect(try ask(access, from: host) == 200)
        }
        #expect(try ask(access, from: "2001:db8:1:2::9") == 429)
        for host in ["2001:db8:1:3::1", "2001:db8::1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"] {
            #expect(try ask(access, from: host) == 200, "\(host)")
        }
        // The same network, whose zeros are written in two ways.
        for host in ["2001:db8:7::1", "2001:db8:7:0:1::", "2001:db8:7::2"] {
            #expect(try ask(access, from: host) == 200)
        }
        #expect(try ask(access, from: "2001:db8:7:0:2::") == 429)
        // The same address, written as IPv4 in IPv6.
        for _ in 0..<2 { #expect(try ask(access, from: "192.0.2.1") == 200) }
        #expect(try ask(access, from: "::ffff:192.0.2.1") == 429)
    }

    @Test func thisMachineAndServersWithoutKeysAreNotLimited() throws {
        let (key, _) = try AccessKey.made("reader", .search)
        let access = try control(keys: [key])
        for _ in 0..<10 { #expect(try ask(access, from: "127.0.0.1") == 200) }
        let open = try control(keys: nil)
        for _ in 0..<10 { #expect(try ask(open, from: "192.0.2.1") == 200) }
    }

    @Test func theTableIsBounded() throws {
        let (key, _) = try AccessKey.made("reader", .search)
        let access = try control(keys: [key])
        func host(_ number: Int) -> String { "10.0.\(number / 256).\(number % 256)" }
        for number in 0..<4096 { #expect(try ask(access, from: host(number)) == 200) }
        // Those for which there is no place share a rate.
        let later = try (5000..<5006).map { try ask(access, from: host($0)) }
        #expect(later == [200, 200, 200, 429, 429, 429])
        // Those that have one keep it.
        #expect(try ask(access, from: host(1)) == 200)
    }
}
