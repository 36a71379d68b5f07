import HTTP

/// Fields that every response has: who asked, and what browsers may not do with it.
enum ResponseHeaders {
    /// For responses that do not say otherwise, as the web page does.
    private static let standard: HTTPHeaders = [
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    ]

    static func middleware(_ next: @escaping HTTPHandler) -> HTTPHandler {
        { request, context in
            var response = try next(request, context)
            // Most responses say no more than their type.
            if response.headers.count == (response.headers.contains("Content-Type") ? 1 : 0) {
                response.headers.add(contentsOf: standard)
            } else {
                for (name, value) in standard where !response.headers.contains(name) {
                    response.headers.add(name, value)
                }
            }
            response.headers["X-Request-ID"] = context.requestID
            return response
        }
    }
}
