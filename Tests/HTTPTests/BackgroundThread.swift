import Foundation
import HTTP

/// A thread that can be waited for.
struct BackgroundThread {
    private let isDone = Gate<Bool>()

    init(_ body: @escaping @Sendable () -> Void) {
        let isDone = isDone
        Thread.detachNewThread {
            body()
            isDone.open(true)
        }
    }

    func join() {
        _ = isDone.pass()
    }
}
