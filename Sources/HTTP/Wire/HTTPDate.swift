import Glibc

/// The `Date` field's value (RFC 9110 §5.6.7), written anew once a second.
package struct HTTPDate: Sendable {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, 29 bytes.
    package private(set) var bytes: [UInt8] = []
    private var second = Int.min

    package init() {}

    /// Brings ``bytes`` up to the clock.
    mutating func refresh() {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        if now.tv_sec != second { set(secondsSince1970: now.tv_sec) }
    }

    package mutating func set(secondsSince1970 seconds: Int) {
        second = seconds
        let days = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let time = seconds - days * 86400
        let (year, month, day) = HTTPDate.civil(daysSince1970: days)
        let weekday = ((days + 4) % 7 + 7) % 7
        let weekdays = Array("SunMonTueWedThuFriSat".utf8)
        let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(29)
        text += weekdays[weekday * 3..<weekday * 3 + 3]
        text += Array(", ".utf8)
        HTTPDate.append(day, width: 2, to: &text)
        text.append(0x20)
        text += months[(month - 1) * 3..<month * 3]
        text.append(0x20)
        HTTPDate.append(year, width: 4, to: &text)
        text.append(0x20)
        for (index, part) in [time / 3600, time / 60 % 60, time % 60].enumerated() {
            if index > 0 { text.append(UInt8(ascii: ":")) }
            HTTPDate.append(part, width: 2, to: &text)
        }
        bytes = text + Array(" GMT".utf8)
    }

    private static func append(_ number: Int, width: Int, to text: inout [UInt8]) {
        let digits = Array(String(number).utf8)
        text += repeatElement(UInt8(ascii: "0"), count: max(width - digits.count, 0))
        text += digits
    }

    /// Year, month and day in the Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
