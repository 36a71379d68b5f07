import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as a flag, so that a long job can finish what it has begun; a second Ctrl-C ends at once.
enum Interruption {
    private static let count = Atomic<Int>(0)

    static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

    /// From now on the first signal only sets the flag.
    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
            }
        }
    }
}
