import Foundation
import Logging

/// One line of the log, as a JSON object or laid out for people. Whatever stands in its fields, it stays one line.
struct LogLine {
    /// A field's value; numbers stay numbers.
    enum Value {
        case text(String)
        case integer(Int)
        case number(Double)

        init(_ value: Logger.MetadataValue) {
            switch value {
            case .string(let text): self = .text(text)
            case .stringConvertible(let value):
                self =
                    (value as? Int).map { .integer($0) } ?? (value as? Double).map { .number($0) } ?? .text("\(value)")
            case .array, .dictionary: self = .text("\(value)")
            }
        }
    }

    var time = Date()
    let level: Logger.Level
    let message: String
    var fields: [(name: String, value: Value)] = []

    init(level: Logger.Level, message: String) {
        self.level = level
        self.message = message
    }

    func bytes(forPeople: Bool) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        if forPeople { writeForPeople(to: &line) } else { writeJSON(to: &line) }
        line.append(0x0A)
        return line
    }

    private func writeJSON(to line: inout [UInt8]) {
        for part in ["{\"time\":\"", stamp, "\",\"level\":\"", level.rawValue, "\",\"message\":"] {
            line.append(contentsOf: part.utf8)
        }
        writeMessage(to: &line, quoted: true)
        line.append(0x7D)
    }

    private func writeForPeople(to line: inout [UInt8]) {
        line += Array(
            "\(stamp.dropFirst(11).prefix(12)) \(level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)) "
                .utf8)
        writeMessage(to: &line, quoted: false)
    }

    /// Message and fields, as JSON strings where `quoted`.
    private func writeMessage(to line: inout [UInt8], quoted: Bool) {
        let put = quoted ? Self.quote : Self.escape
        let (before, between): (UInt8, UInt8) = quoted ? (0x2C, 0x3A) : (0x20, 0x3D)
        put(message, &line)
        for (name, value) in fields {
            line.append(before)
            put(name, &line)
            line.append(between)
            Self.write(value, to: &line, quoted: quoted)
        }
    }

    private static func write(_ value: Value, to line: inout [UInt8], quoted: Bool) {
        switch value {
        case .integer(let number): line.append(contentsOf: String(number).utf8)
        case .number(let number) where number.isFinite: line.append(contentsOf: number.description.utf8)
        case .number(let number): quote("\(number)", to: &line)
        case .text(let text):
            let isWord = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
            if quoted || !isWord { quote(text, to: &line) } else { line.append(contentsOf: text.utf8) }
        }
    }

    private static func quote(_ text: String, to line: inout [UInt8]) {
        line.append(0x22)
        escape(text, to: &line)
        line.append(0x22)
    }

    /// Escapes as JSON does (RFC 8259 §7), and further all that could end a line, hide text or steer a terminal: control
    /// characters of both sets, line and paragraph separators, and directions.
    private static func escape(_ text: String, to line: inout [UInt8]) {
        // Nearly all text needs none of it.
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
            line.append(contentsOf: text.utf8)
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22, 0x5C:
                line.append(0x5C)
                line.append(UInt8(scalar.value))
            case 0x20..<0x7F:
                line.append(UInt8(scalar.value))
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator:
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        line += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
                    }
                default: line += Array(String(scalar).utf8)
                }
            }
        }
    }

    /// RFC 3339 in UTC with milliseconds.
    private var stamp: String {
        var seconds = time_t(time.timeIntervalSince1970.rounded(.down))
        let milliseconds = Int((time.timeIntervalSince1970 - Double(seconds)) * 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func write(_ number: Int, _ digits: Int, _ end: Unicode.Scalar) {
            var divisor = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: end))
        }
        write(Int(parts.tm_year) + 1900, 4, "-")
        write(Int(parts.tm_mon) + 1, 2, "-")
        write(Int(parts.tm_mday), 2, "T")
        write(Int(parts.tm_hour), 2, ":")
        write(Int(parts.tm_min), 2, ":")
        write(Int(parts.tm_sec), 2, ".")
        write(milliseconds, 3, "Z")
        return String(decoding: text, as: UTF8.self)
    }
}
