import Synchronization

/// Tells threads of a test to stop.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// What went wrong on other threads, the first few.
final class Failures: Sendable {
    private let found = Mutex<[String]>([])

    var all: [String] { found.withLock { $0 } }
    func note(_ failure: String) { found.withLock { if $0.count < 10 { $0.append(failure) } } }
}
