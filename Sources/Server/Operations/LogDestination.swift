import Foundation
import Logging
import Synchronization

/// Where log lines go: standard error, through a bounded buffer and a thread of its own, so that nobody who logs waits
/// for a full pipe.
///
///     let destination = LogDestination(level: .info)
///     LoggingSystem.bootstrap { LineLogHandler(label: $0, destination: destination) }
///
/// Lines for which the buffer has no room are dropped, and how many is said as soon as there is room.
public final class LogDestination: Sendable {
    private struct State {
        var text: LogText
        var dropped = 0
        var isWriting = false
        /// Whether the thread has been woken for what the buffer holds.
        var isWoken = false
    }

    private static let capacity = 1 << 20
    private static let levels = Logger.Level.allCases

    private let state: Mutex<State>
    private let wake = DispatchSemaphore(value: 0)
    /// The place of the level in ``levels``.
    private let leastSevere: Atomic<Int>
    private let descriptor: Int32

    /// - Parameters:
    ///   - level: lines less severe are left out.
    ///   - isForPeople: whether lines are laid out for people; otherwise each is a JSON object. By default, where
    ///     `descriptor` is a terminal.
    public init(level: Logger.Level = .info, descriptor: Int32 = STDERR_FILENO, isForPeople: Bool? = nil) {
        leastSevere = Atomic(Self.rank(level))
        self.descriptor = descriptor
        state = Mutex(State(text: LogText(isForPeople: isForPeople ?? (isatty(descriptor) == 1))))
        let thread = Thread { [self] in
            var spare: [UInt8] = []
            while true {
                wake.wait()
                // Under load one write takes what came meanwhile.
                usleep(1000)
                drain(&spare)
            }
        }
        thread.name = "log"
        thread.start()
    }

    /// The level of all loggers; changes count at once.
    public var level: Logger.Level {
        get { Self.levels[leastSevere.load(ordering: .relaxed)] }
        set { leastSevere.store(Self.rank(newValue), ordering: .relaxed) }
    }

    private static func rank(_ level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }

    /// Adds a line whose fields `addFields` writes, with the buffer to itself: it must not log.
    func write(_ level: Logger.Level, _ message: String, _ addFields: (inout LogText) -> Void) {
        let wakes = state.withLock { state in
            let start = state.text.bytes.count
            if state.dropped > 0, start < Self.capacity {
                state.text.begin(level: .warning, message: "\(state.dropped) log lines were dropped; the log was full")
                state.text.end()
            }
            let end = state.text.bytes.count
            if end < Self.capacity {
                state.text.begin(level: level, message: message)
                addFields(&state.text)
                state.text.end()
            }
            guard state.text.bytes.count > end, state.text.bytes.count <= Self.capacity else {
                state.text.cut(to: start)
                state.dropped += 1
                return false
            }
            state.dropped = 0
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if wakes { wake.signal() }
    }

    /// Waits until all lines are written, at most that long.
    public func flush(within seconds: Double = 2) {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end, state.withLock({ $0.isWriting || !$0.text.bytes.isEmpty }) { usleep(1000) }
    }

    /// Writes what there is. The buffer and `spare` take turns.
    private func drain(_ spare: inout [UInt8]) {
        let bytes = state.withLock { [memory = consume spare] state in
            state.isWoken = false
            state.isWriting = true
            return state.text.take(spare: memory)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // With nobody at the other end there is nobody to tell.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        state.withLock { $0.isWriting = false }
        spare = bytes
        spare.removeAll(keepingCapacity: true)
    }
}
