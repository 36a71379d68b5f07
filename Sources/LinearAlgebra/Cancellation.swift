/// Whether work is still wanted, asked within every loop whose length somebody's input decides.
///
///     let cancellation = Cancellation { context.isCancelled }
///     for document in documents {
///         try cancellation.check()
///         …
///     }
public struct Cancellation: Sendable {
    /// Thrown where work is given up since nobody wants it any more.
    public struct Cancelled: Error, CustomStringConvertible {
        public let description = "the work was given up, since its result is not wanted any more"

        public init() {}
    }

    /// Of work that is always wanted.
    public static let never = Cancellation { false }

    private let isRequested: @Sendable () -> Bool

    /// - Parameter isRequested: asked often and by many threads, so it should be as cheap as one read.
    public init(_ isRequested: @escaping @Sendable () -> Bool) { self.isRequested = isRequested }

    public var isCancelled: Bool { isRequested() }

    /// Throws ``Cancelled`` once the work is not wanted any more.
    public func check() throws {
        if isRequested() { throw Cancelled() }
    }
}
