import Glibc

/// Growing raw memory that responses are written into before they are sent.
///
/// One event loop uses one such buffer for all its connections, so it stays in cache. Not thread-safe.
package final class OutputBuffer {
    private(set) var base: UnsafeMutablePointer<UInt8>
    package private(set) var count = 0
    private var capacity: Int

    package init(capacity: Int = 65536) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit {
        base.deallocate()
    }

    /// What has been written.
    package var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }

    package func removeAll() {
        count = 0
    }

    package func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        memcpy(base + count, start, bytes.count)
        count += bytes.count
    }

    package func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append($0) }
    }

    func append(_ bytes: [UInt8], _ range: Range<Int>) {
        bytes.withUnsafeBufferPointer { append(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// A number of zero or more, in decimal or hexadecimal digits.
    package func append(number: Int, radix: Int = 10) {
        reserve(20)
        var rest = UInt(bitPattern: max(number, 0))
        let base = UInt(bitPattern: radix)
        let start = count
        repeat {
            let digit = UInt8(truncatingIfNeeded: rest % base)
            self.base[count] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
            count += 1
            rest /= base
        } while rest > 0
        var digits = UnsafeMutableBufferPointer(start: self.base + start, count: count - start)
        digits.reverse()
    }

    private func reserve(_ additional: Int) {
        guard count + additional > capacity else { return }
        capacity = max(capacity * 2, count + additional)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        memcpy(larger, base, count)
        base.deallocate()
        base = larger
    }
}
