import Synchronization

/// Failures that a test asks for, at the moments at which the operating system could refuse.
///
///     Faults.arm(under: folder.path) { operation, path in operation == .sync ? ENOSPC : nil }
///     defer { Faults.disarm(under: folder.path) }
package enum Faults {
    /// What is about to be done.
    package enum Operation: String, Sendable, CaseIterable {
        case create, write, sync, rename
        /// The end of an SQLite transaction.
        case commit
    }

    /// The `errno` that the operation on a file shall fail with, `nil` to let it pass.
    package typealias Decision = @Sendable (_ operation: Operation, _ path: String) -> Int32?

    private static let decisions = Mutex<[String: Decision]>([:])
    private static let armed = Atomic<Int>(0)

    /// Asks `decide` before every operation on a file below a folder.
    package static func arm(under folder: String, _ decide: @escaping Decision) {
        decisions.withLock {
            $0[folder] = decide
            armed.store($0.count, ordering: .releasing)
        }
    }

    /// Lets everything below the folder pass again.
    package static func disarm(under folder: String) {
        decisions.withLock {
            $0[folder] = nil
            armed.store($0.count, ordering: .releasing)
        }
    }

    /// The error that an operation shall fail with.
    static func failure(of operation: Operation, at path: String) -> Int32? {
        guard armed.load(ordering: .acquiring) > 0 else { return nil }
        return decisions.withLock { $0.first { path.hasPrefix($0.key) }?.value }?(operation, path)
    }

    /// Throws `IndexError` where the operation shall fail.
    static func check(_ operation: Operation, _ path: String) throws {
        if let code = failure(of: operation, at: path) {
            throw DurableFile.failure("cannot be used (\(operation.rawValue))", path, code)
        }
    }
}
