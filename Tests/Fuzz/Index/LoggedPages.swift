import CCheckedPages
import Foundation

/// Pages of a catalogue or of its write-ahead log, changed, with their checksums made right again.
enum LoggedPages {
    private static let page = Int(CP_PAGE_BYTES)
    private static let frameHeader = 24
    private static let logHeader = 32

    /// Changes bytes of one page.
    static func change(_ content: Data, _ script: inout Script) -> Data {
        var bytes = [UInt8](content)
        guard bytes.count >= page else { return content }
        let number = script.choose(bytes.count / page)
        write(&bytes, at: number * page, &script)
        bytes.withUnsafeMutableBytes { cp_seal_page($0.baseAddress! + number * page, UInt32(number + 1)) }
        return Data(bytes)
    }

    /// Changes bytes of one frame and sums all frames up anew.
    static func change(log content: Data, _ script: inout Script) -> Data {
        var bytes = [UInt8](content)
        let frame = frameHeader + page
        guard bytes.count >= logHeader + frame else { return content }
        let count = (bytes.count - logHeader) / frame
        let start = logHeader + script.choose(count) * frame
        if script.choose(4) == 0 {
            // The page's number, or the size of the database after a commit.
            let offset = start + 4 * script.choose(2)
            put(UInt32(truncatingIfNeeded: script.integer(near: UInt64(word(bytes, offset)))), &bytes, offset)
        } else {
            write(&bytes, at: start + frameHeader, &script)
        }
        seal(&bytes, frames: count)
        return Data(bytes)
    }

    /// Most pages are trees, whose first bytes count most.
    private static func write(_ bytes: inout [UInt8], at start: Int, _ script: inout Script) {
        let usable = page - Int(CP_RESERVED_BYTES)
        let within = script.choose(3) == 0 ? script.choose(120) : script.place(in: usable)
        let width = min([1, 2, 4][script.choose(3)], usable - within)
        var old: UInt64 = 0
        for place in 0..<width { old = old << 8 | UInt64(bytes[start + within + place]) }
        let new = script.integer(near: old)
        for place in 0..<width {
            bytes[start + within + place] = UInt8(truncatingIfNeeded: new >> UInt64(8 * (width - 1 - place)))
        }
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func put(_ value: UInt32, _ bytes: inout [UInt8], _ offset: Int) {
        for place in 0..<4 { bytes[offset + place] = UInt8(truncatingIfNeeded: value >> UInt32(8 * (3 - place))) }
    }

    /// SQLite's running checksum of header and frames (https://www.sqlite.org/fileformat2.html#walformat).
    private static func seal(_ bytes: inout [UInt8], frames: Int) {
        let isBigEndian = word(bytes, 0) & 1 == 1
        var (first, second): (UInt32, UInt32) = (0, 0)
        func add(_ range: Range<Int>) {
            for offset in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                let (one, two) = (word(bytes, offset), word(bytes, offset + 4))
                first = first &+ (isBigEndian ? one : one.byteSwapped) &+ second
                second = second &+ (isBigEndian ? two : two.byteSwapped) &+ first
            }
        }
        add(0..<24)
        put(first, &bytes, 24)
        put(second, &bytes, 28)
        for frame in 0..<frames {
            let start = logHeader + frame * (frameHeader + page)
            let number = word(bytes, start)
            bytes.withUnsafeMutableBytes { cp_seal_page($0.baseAddress! + start + frameHeader, number) }
            add(start..<start + 8)
            add(start + frameHeader..<start + frameHeader + page)
            put(first, &bytes, start + 16)
            put(second, &bytes, start + 20)
        }
    }
}
