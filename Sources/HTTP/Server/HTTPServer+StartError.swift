extension HTTPServer {
    /// Why a server could not start.
    public struct StartError: Error, Sendable, CustomStringConvertible {
        /// The address that it failed on, nil where it was none.
        public let address: SocketAddress?
        public let reason: String

        init(_ address: SocketAddress?, _ reason: String) {
            self.address = address
            self.reason = reason
        }

        public var description: String {
            address.map { "cannot listen on \($0): \(reason)" } ?? "cannot start the server: \(reason)"
        }
    }
}
