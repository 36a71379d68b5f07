import Foundation
import Logging

/// Lines of a log as they are written: each a JSON object, or laid out for people. Whatever stands in their fields, each
/// stays one line.
///
///     text.begin(level: .info, message: "request")
///     text.add("status", 200)
///     text.end()
struct LogText {
    /// What has been written since ``take()``.
    private(set) var bytes: [UInt8] = []
    let isForPeople: Bool
    /// The time of the last line as text, and its second: many lines share it.
    private var stamp: [UInt8] = []
    private var second = time_t.min

    init(isForPeople: Bool) { self.isForPeople = isForPeople }

    mutating func begin(level: Logger.Level, message: String) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        if now.tv_sec != second { setStamp(now.tv_sec) }
        let milliseconds = now.tv_nsec / 1_000_000
        if isForPeople {
            bytes.append(contentsOf: stamp.dropFirst(11))
            append(milliseconds, digits: 3)
            bytes.append(0x20)
            bytes.append(contentsOf: level.rawValue.utf8)
            bytes.append(contentsOf: repeatElement(0x20, count: max(9 - level.rawValue.utf8.count, 1)))
            escape(message)
        } else {
            append("{\"time\":\"")
            bytes.append(contentsOf: stamp)
            append(milliseconds, digits: 3)
            append("Z\",\"level\":\"")
            bytes.append(contentsOf: level.rawValue.utf8)
            append("\",\"message\":")
            quote(message)
        }
    }

    mutating func end() {
        if !isForPeople { bytes.append(UInt8(ascii: "}")) }
        bytes.append(0x0A)
    }

    /// Adds text. A value of people's lines is quoted where it is more than a word.
    mutating func add(_ name: String, _ text: String) {
        begin(name)
        let isWord = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && Self.isPlain($0) }
        if isForPeople, isWord { bytes.append(contentsOf: text.utf8) } else { quote(text) }
    }

    mutating func add(_ name: String, _ number: Int) {
        begin(name)
        append(number)
    }

    /// Adds a duration in milliseconds, to three decimals.
    mutating func add(milliseconds name: String, _ duration: Duration) {
        begin(name)
        let (seconds, attoseconds) = duration.components
        let microseconds =
            seconds.multipliedReportingOverflow(by: 1_000_000).partialValue
            &+ (attoseconds + 500_000_000_000) / 1_000_000_000_000
        append(Int(max(microseconds, 0) / 1000))
        bytes.append(UInt8(ascii: "."))
        append(Int(max(microseconds, 0) % 1000), digits: 3)
    }

    /// Adds what swift-log carries; numbers stay numbers.
    mutating func add(_ name: String, _ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): add(name, text)
        case .stringConvertible(let number as Int): add(name, number)
        case .stringConvertible(let number as Double) where number.isFinite:
            begin(name)
            bytes.append(contentsOf: number.description.utf8)
        case .stringConvertible(let value): add(name, value.description)
        case .array, .dictionary: add(name, "\(value)")
        }
    }

    /// Everything that has been written, which is forgotten; `spare` is memory to go on with.
    mutating func take(spare: [UInt8]) -> [UInt8] {
        defer { bytes = spare }
        return bytes
    }

    /// Takes back what has been written after the first so many bytes.
    mutating func cut(to count: Int) { bytes.removeLast(bytes.count - count) }

    // MARK: Parts

    private mutating func begin(_ name: String) {
        bytes.append(isForPeople ? 0x20 : UInt8(ascii: ","))
        if isForPeople { escape(name) } else { quote(name) }
        bytes.append(UInt8(ascii: isForPeople ? "=" : ":"))
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ number: Int) {
        bytes.append(contentsOf: String(number).utf8)
    }

    private mutating func append(_ number: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func quote(_ text: String) {
        bytes.append(0x22)
        escape(text)
        bytes.append(0x22)
    }

    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C }

    /// Escapes as JSON does (RFC 8259 §7), and further all that could end a line, hide text or steer a terminal: control
    /// characters of both sets, line and paragraph separators, and directions.
    private mutating func escape(_ text: String) {
        // Nearly all text needs none of it.
        if text.utf8.allSatisfy(Self.isPlain) {
            bytes.append(contentsOf: text.utf8)
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C:
                bytes.append(0x5C)
                bytes.append(UInt8(scalar.value))
            case 0x20..<0x7F:
                bytes.append(UInt8(scalar.value))
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator:
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        append("\\u")
                        bytes.append(contentsOf: repeatElement(0x30, count: 4 - digits.utf8.count))
                        bytes.append(contentsOf: digits.utf8)
                    }
                default: bytes.append(contentsOf: String(scalar).utf8)
                }
            }
        }
    }

    /// RFC 3339 in UTC up to the seconds and the point behind them.
    private mutating func setStamp(_ time: time_t) {
        second = time
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        let written = bytes.count
        for (number, digits, end) in [
            (Int(parts.tm_year) + 1900, 4, "-"), (Int(parts.tm_mon) + 1, 2, "-"), (Int(parts.tm_mday), 2, "T"),
            (Int(parts.tm_hour), 2, ":"), (Int(parts.tm_min), 2, ":"), (Int(parts.tm_sec), 2, "."),
        ] as [(Int, Int, Unicode.Scalar)] {
            append(number, digits: digits)
            bytes.append(UInt8(ascii: end))
        }
        stamp = Array(bytes[written...])
        cut(to: written)
    }
}
