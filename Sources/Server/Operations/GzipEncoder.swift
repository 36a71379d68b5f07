import CZlib

/// Makes a gzip stream (RFC 1952) with zlib; for one thread at a time.
package final class GzipEncoder {
    /// zlib reports a state that it cannot be in.
    struct Failure: Error {}

    private let stream: UnsafeMutablePointer<z_stream>

    /// Three quarters of what level 6 saves, in a third of its time.
    package static let fastest: Int32 = 1

    /// Fails where memory lacks.
    ///
    /// - Parameter level: zlib's, 1 to 9.
    package init?(level: Int32 = GzipEncoder.fastest) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 over the window's bits asks for gzip's frame.
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            // A failing initialiser of a class still runs `deinit`, and `deflateEnd` refuses what was not begun.
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Takes a piece and gives all that it has been given so far a form that can be decoded.
    package func encode(_ bytes: [UInt8]) -> [UInt8]? { deflate(bytes, Z_SYNC_FLUSH) }

    /// Takes the last piece.
    package func finish(_ bytes: [UInt8]) -> [UInt8]? { deflate(bytes, Z_FINISH) }

    private func deflate(_ bytes: [UInt8], _ flush: Int32) -> [UInt8]? {
        guard bytes.count < 1 << 31 else { return nil }
        var input = bytes
        return input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            var packed: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: min(65536, max(256, input.count / 2)))
            while true {
                let (status, count) = piece.withUnsafeMutableBufferPointer { piece in
                    stream.pointee.next_out = piece.baseAddress
                    stream.pointee.avail_out = uInt(piece.count)
                    let status = CZlib.deflate(stream, flush)
                    return (status, piece.count - Int(stream.pointee.avail_out))
                }
                // Z_BUF_ERROR: there was nothing left to do.
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { return nil }
                packed += piece[..<count]
                if status == Z_STREAM_END || status == Z_BUF_ERROR || count < piece.count { return packed }
            }
        }
    }
}
