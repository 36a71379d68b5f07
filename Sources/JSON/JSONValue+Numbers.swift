extension JSONValue {
    /// Whether this number is smaller than another, to the last digit, whichever of the two kinds they are; `nil` where
    /// one of them is no number.
    public func isSmaller(than other: JSONValue) -> Bool? {
        switch (self, other) {
        case (.integer(let one), .integer(let other)): one < other
        case (.number(let one), .number(let other)): one < other
        case (.integer(let one), .number(let other)): Self.compare(one, other) < 0
        case (.number(let one), .integer(let other)): Self.compare(other, one) > 0
        default: nil
        }
    }

    /// Below 0 where the integer is smaller, 0 where both are the same number. No double stands for an integer here,
    /// since beyond 2^53 it would be another number.
    private static func compare(_ integer: Int64, _ number: Double) -> Int {
        guard number < 0x1p63 else { return -1 }
        guard number >= -0x1p63 else { return 1 }
        let whole = Int64(number.rounded(.towardZero))
        guard integer == whole else { return integer < whole ? -1 : 1 }
        let fraction = number - Double(whole)
        return fraction > 0 ? -1 : fraction < 0 ? 1 : 0
    }
}
