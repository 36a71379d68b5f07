import Dispatch
import Synchronization

/// A value that another thread is computing.
final class Concurrently<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let group = DispatchGroup()

    init(_ body: @escaping @Sendable () throws -> Value) {
        DispatchQueue.global(qos: .userInitiated).async(group: group) { [self] in
            let value = Result { try body() }
            result.withLock { $0 = value }
        }
    }

    /// Waits for the value. Throws what computing it threw.
    func value() throws -> Value {
        group.wait()
        return try result.withLock { result in
            guard let result else { preconditionFailure("the group was left without a result") }
            return try result.get()
        }
    }
}
