import Glibc
import HTTP
import JSON

/// Tells requests that a web page of another origin has made a browser send.
///
/// Without keys a browser on this machine is a way in for any page that it shows. What such a page has requested carries
/// its `Origin`, or, where that is left out, as for pictures, scripts and links, a `Sec-Fetch-Site` which says that the
/// page is not the server's own (https://www.w3.org/TR/fetch-metadata/); or, where the page's name has been pointed at
/// this machine (DNS rebinding), that name as `Host`.
struct ForeignPages: Sendable {
    /// Whether the server may be called by any name.
    let trustsNetwork: Bool

    /// Whether such a page has sent the request.
    func areBehind(_ request: HTTPRequest, _ origins: CrossOriginPolicy) -> Bool {
        (try? refuse(request, origins)) == nil
    }

    /// Throws `HTTPError` 403 where such a page has sent the request and may not.
    func refuse(_ request: HTTPRequest, _ origins: CrossOriginPolicy) throws(HTTPError) {
        let host = request.headers["Host"] ?? ""
        if !trustsNetwork, !Self.isNameOfOwn(host) {
            throw HTTPError(
                .forbidden, code: "foreign_host",
                message: "without keys the server answers to IP addresses and names without a dot only, not to "
                    + "\(host.debugDescription); make a key with `passerine keys create`, or start it with --insecure")
        }
        let isFromOwnPage = Self.isFromOwnPage(request.headers)
        if request.headers.contains("Origin") {
            let named = request.headers.values("Origin")
            if named.allSatisfy(origins.allows) { return }
            let own = ["http://", "https://"].map { CodePoints($0 + host.lowercased()) }
            if isFromOwnPage, named.allSatisfy({ own.contains(CodePoints($0.lowercased())) }) { return }
        } else if isFromOwnPage || origins.allowsAll {
            return
        }
        throw HTTPError(
            .forbidden, code: "foreign_origin",
            message: "without keys only the server's own page may be used from a browser; name the page's origin under "
                + "server.cors.origins, or make a key with `passerine keys create`")
    }

    /// What browsers say of a request that comes from the address line or a bookmark (`none`) or from the server's own
    /// page; programs say nothing. Another port of the same machine is `same-site`, and another origin all the same.
    private static func isFromOwnPage(_ headers: HTTPHeaders) -> Bool {
        guard headers.contains("Sec-Fetch-Site") else { return true }
        return headers.values("Sec-Fetch-Site").allSatisfy { value in
            let word = CodePoints(value.lowercased())
            return word == "same-origin" || word == "none"
        }
    }

    private static func isNameOfOwn(_ host: String) -> Bool {
        if host.hasPrefix("[") || host.isEmpty { return true }
        let name = host.split(separator: ":", maxSplits: 1).first.map { $0.lowercased() } ?? ""
        var address = in_addr()
        return !name.contains(".") || name.hasSuffix(".localhost") || inet_pton(AF_INET, name, &address) == 1
    }
}
