import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as a flag, so that a long job can finish what it has begun; a second Ctrl-C ends at once.
enum Interruption {
    private static let count = Atomic<Int>(0)
    private static let reloads = Atomic<Int>(0)

    static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

    /// From now on the first signal only sets the flag.
    static func watch() {
        for number in [SIGINT, SIGTERM] {
            unblock(number)
            signal(number) { number in
                if Interruption.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
            }
        }
    }

    /// From now on SIGHUP only asks for the configuration to be loaded again.
    static func watchReloads() {
        unblock(SIGHUP)
        signal(SIGHUP) { _ in _ = Interruption.reloads.add(1, ordering: .relaxed) }
    }

    /// Whoever started the program may have blocked signals for himself, which is inherited.
    private static func unblock(_ number: Int32) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    /// Whether SIGHUP has come since this was asked last.
    static func takeReload() -> Bool { reloads.exchange(0, ordering: .relaxed) > 0 }
}
