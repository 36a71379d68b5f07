import CZlib
import Foundation

/// The bytes of an open file or pipe, decompressed where it is gzip (RFC 1952), which its first two bytes tell.
///
/// Members may follow one another, and zeros behind the last, with which tapes and disks fill up. Anything else there, a
/// member that breaks off, and one whose checksum is wrong are errors: zlib's own reader passes over the first in silence.
/// Not thread-safe.
final class FileBytes {
    /// Why there are no more bytes.
    struct Damage: Error {
        let message: String
    }

    private enum State { case undecided, plain, inMember, betweenMembers, inZeros, ended }

    private static let inputBytes = 1 << 18

    private let descriptor: Int32
    /// zlib keeps its address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let input = UnsafeMutablePointer<UInt8>.allocate(capacity: inputBytes)
    private var state = State.undecided
    private var isInputAtEnd = false
    private var damage: Damage?
    private var bytesTaken = 0

    /// Bytes that have come out.
    private(set) var bytesGiven = 0

    /// Takes the descriptor over. `nil` where there is no memory.
    init?(descriptor: Int32) {
        self.descriptor = descriptor
        stream.initialize(to: z_stream())
        stream.pointee.next_in = input
        // A window of 32 KiB, and the header and trailer of gzip.
        let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { return nil }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
        close(descriptor)
    }

    /// Whether it is gzip, once something was read.
    var isCompressed: Bool { state != .undecided && state != .plain }

    /// Bytes of the file that are done with.
    var bytesRead: Int { bytesTaken - Int(stream.pointee.avail_in) }

    /// Fills `output` unless the file ends; the number of bytes, 0 at the end. Throws `Damage`, after all bytes before it.
    func read(into output: UnsafeMutableBufferPointer<UInt8>) throws -> Int {
        guard let start = output.baseAddress else { return 0 }
        stream.pointee.next_out = start
        stream.pointee.avail_out = UInt32(output.count)
        while stream.pointee.avail_out > 0, damage == nil, state != .ended {
            do { try step() } catch let error as Damage { damage = error }
        }
        let count = output.count - Int(stream.pointee.avail_out)
        bytesGiven += count
        if count == 0, let damage { throw damage }
        return count
    }

    private func step() throws {
        switch state {
        case .undecided:
            try take(atLeast: 2)
            state = startsMember ? .inMember : .plain
        case .plain:
            try take(atLeast: 1)
            let count = min(stream.pointee.avail_in, stream.pointee.avail_out)
            guard count > 0 else {
                state = .ended
                return
            }
            memcpy(stream.pointee.next_out, stream.pointee.next_in, Int(count))
            stream.pointee.next_out += Int(count)
            stream.pointee.avail_out -= count
            skip(Int(count))
        case .inMember:
            try take(atLeast: 1)
            switch inflate(stream, Z_NO_FLUSH) {
            case Z_OK: break
            case Z_STREAM_END: state = .betweenMembers
            case Z_BUF_ERROR:
                guard isInputAtEnd, stream.pointee.avail_in == 0 else { break }
                throw Damage(message: "cannot be read on (unexpected end of file); the file may be cut short")
            default:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "invalid compressed data"
                throw Damage(message: "cannot be read on (\(reason)); the file may be damaged or cut short")
            }
        case .betweenMembers:
            try take(atLeast: 2)
            if startsMember {
                guard inflateReset(stream) == Z_OK else { throw Damage(message: "cannot be read on (out of memory)") }
                state = .inMember
            } else {
                state = .inZeros
            }
        case .inZeros:
            try take(atLeast: 1)
            guard stream.pointee.avail_in > 0 else {
                state = .ended
                return
            }
            for index in 0..<Int(stream.pointee.avail_in) where stream.pointee.next_in[index] != 0 {
                throw Damage(
                    message: "has bytes behind its compressed part that are no gzip; compress all of it, or remove them"
                )
            }
            skip(Int(stream.pointee.avail_in))
        case .ended: break
        }
    }

    private var startsMember: Bool {
        stream.pointee.avail_in >= 2 && stream.pointee.next_in[0] == 0x1F && stream.pointee.next_in[1] == 0x8B
    }

    private func skip(_ count: Int) {
        stream.pointee.next_in += count
        stream.pointee.avail_in -= UInt32(count)
    }

    /// Reads on until so many bytes are there, unless the file ends.
    private func take(atLeast count: Int) throws {
        while Int(stream.pointee.avail_in) < count, !isInputAtEnd {
            let left = Int(stream.pointee.avail_in)
            if left > 0 { memmove(input, stream.pointee.next_in, left) }
            stream.pointee.next_in = input
            let got = Glibc.read(descriptor, input + left, Self.inputBytes - left)
            if got < 0 {
                guard errno != EINTR else { continue }
                throw Damage(message: "cannot be read on (\(String(cString: strerror(errno))))")
            }
            isInputAtEnd = got == 0
            bytesTaken += got
            stream.pointee.avail_in = UInt32(left + got)
        }
    }
}
