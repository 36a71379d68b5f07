import CEpoll
import Glibc

/// An epoll instance and an eventfd to wake it from other threads.
struct Poller: Sendable {
    /// What events carry for the eventfd.
    static let wakeupMark = UInt64.max

    private let descriptor: Int32
    private let wakeup: Int32

    init() throws(HTTPServer.StartError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeup = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0, wakeup >= 0,
            watch(wakeup, EPOLLIN.rawValue | EPOLLET.rawValue, mark: Poller.wakeupMark)
        else {
            let reason = String(cString: strerror(errno))
            close()
            throw HTTPServer.StartError(nil, "epoll: \(reason)")
        }
    }

    /// Asks for events on a descriptor, which will carry `mark`; false where the system refuses.
    func watch(_ descriptor: Int32, _ events: UInt32, mark: UInt64, isChange: Bool = false) -> Bool {
        var event = epoll_event()
        event.events = events
        event.data.u64 = mark
        return epoll_ctl(self.descriptor, isChange ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event) == 0
    }

    /// Waits for events; returns how many of `events` it has filled in, 0 after a time-out or a signal.
    func wait(_ events: UnsafeMutableBufferPointer<epoll_event>, milliseconds: Int32) -> Int {
        max(Int(epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)), 0)
    }

    /// Ends a wait, from any thread.
    func wake() {
        var one: UInt64 = 1
        // Never read back: being edge-triggered, each write wakes.
        write(wakeup, &one, MemoryLayout<UInt64>.size)
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        if wakeup >= 0 { Glibc.close(wakeup) }
    }
}
