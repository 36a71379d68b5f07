import CZlib
import HTTP

/// Undoes gzip (RFC 1952) piece by piece, with zlib; for one thread at a time.
///
///     try decoder.feed(packed)
///     while let piece = try decoder.next(atMost: 65536) { … }
///     try decoder.finish()
package final class GzipDecoder {
    private let stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var offset = 0
    /// Whether the last call filled its room, so that more may come without further input.
    private var hasMore = false
    private var isAtEndOfMember = false
    /// Bytes taken and given so far.
    package private(set) var packedBytes = 0
    package private(set) var unpackedBytes = 0

    /// Fails where memory lacks.
    package init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 over the window's bits asks for gzip's frame.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            // `deinit` runs all the same, and `inflateEnd` refuses what was not begun.
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Takes packed bytes, once what came before them is used up.
    package func feed(_ bytes: [UInt8]) {
        input = bytes
        offset = 0
        packedBytes += bytes.count
    }

    /// The next bytes, at least one; nil once more input is needed. Throws `HTTPError` 400 where the stream is broken.
    package func next(atMost limit: Int) throws(HTTPError) -> [UInt8]? {
        while offset < input.count || hasMore {
            if isAtEndOfMember {
                // A gzip file may have several members, one behind the other.
                guard inflateReset(stream) == Z_OK else { throw broken }
                isAtEndOfMember = false
            }
            let piece = try inflate(atMost: limit)
            if !piece.isEmpty {
                unpackedBytes += piece.count
                return piece
            }
        }
        input = []
        offset = 0
        return nil
    }

    /// Throws `HTTPError` 400 where the stream has not come to its end; nothing at all is taken for nothing packed.
    package func finish() throws(HTTPError) {
        guard isAtEndOfMember || packedBytes == 0 else {
            throw Self.refused("it breaks off after \(packedBytes) bytes")
        }
    }

    private func inflate(atMost limit: Int) throws(HTTPError) -> [UInt8] {
        var status = Z_OK
        let output = input.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: limit) { room, count in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress.map { $0 + offset })
                // Pieces of bodies are far below the 4 GiB that zlib counts to.
                stream.pointee.avail_in = uInt(clamping: input.count - offset)
                stream.pointee.next_out = room.baseAddress
                stream.pointee.avail_out = uInt(clamping: limit)
                let before = stream.pointee.avail_in
                status = CZlib.inflate(stream, Z_NO_FLUSH)
                offset += Int(before - stream.pointee.avail_in)
                count = limit - Int(stream.pointee.avail_out)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
        }
        switch status {
        case Z_OK: hasMore = output.count == limit
        case Z_STREAM_END: (hasMore, isAtEndOfMember) = (false, true)
        // Nothing could be done: what there was is used up.
        case Z_BUF_ERROR: hasMore = false
        case Z_MEM_ERROR:
            throw HTTPError(.serviceUnavailable, code: "overloaded", message: "there is no memory to unpack the body")
        default: throw broken
        }
        return output
    }

    private var broken: HTTPError {
        Self.refused(stream.pointee.msg.map { String(cString: $0) } ?? "it is no gzip stream")
    }

    private static func refused(_ reason: String) -> HTTPError {
        HTTPError(
            .badRequest, code: "invalid_gzip",
            message: "the body is not what Content-Encoding: gzip says: \(reason)")
    }
}
