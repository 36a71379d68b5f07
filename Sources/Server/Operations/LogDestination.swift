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
        var buffer: [UInt8] = []
        var dropped = 0
        var isWriting = false
        /// Whether the thread has been woken for what the buffer holds.
        var isWoken = false
    }

    private static let capacity = 1 << 20

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let leastSevere: Mutex<Logger.Level>
    private let descriptor: Int32
    /// Whether lines are laid out for people; otherwise each is a JSON object.
    public let isForPeople: Bool

    /// - Parameters:
    ///   - level: lines less severe are left out.
    ///   - isForPeople: by default, where `descriptor` is a terminal.
    public init(level: Logger.Level = .info, descriptor: Int32 = STDERR_FILENO, isForPeople: Bool? = nil) {
        leastSevere = Mutex(level)
        self.descriptor = descriptor
        self.isForPeople = isForPeople ?? (isatty(descriptor) == 1)
        let thread = Thread { [self] in
            while true {
                wake.wait()
                // Under load one write takes what came meanwhile.
                usleep(1000)
                drain()
            }
        }
        thread.name = "log"
        thread.start()
    }

    /// The level of all loggers; changes count at once.
    public var level: Logger.Level {
        get { leastSevere.withLock { $0 } }
        set { leastSevere.withLock { $0 = newValue } }
    }

    /// Adds a line, its end included.
    func write(_ line: [UInt8]) {
        let wakes = state.withLock { state in
            guard state.buffer.count + line.count <= Self.capacity else {
                state.dropped += 1
                return false
            }
            if state.dropped > 0 {
                let note = LogLine(
                    level: .warning, message: "\(state.dropped) log lines were dropped; the log was full")
                state.buffer += note.bytes(forPeople: isForPeople)
                state.dropped = 0
            }
            state.buffer += line
            defer { state.isWoken = true }
            return !state.isWoken
        }
        if wakes { wake.signal() }
    }

    /// Waits until all lines are written, at most that long.
    public func flush(within seconds: Double = 2) {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end, state.withLock({ $0.isWriting || !$0.buffer.isEmpty }) { usleep(1000) }
    }

    private func drain() {
        let bytes = state.withLock { state in
            defer { state.buffer = [] }
            state.isWoken = false
            state.isWriting = true
            return state.buffer
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
    }
}
