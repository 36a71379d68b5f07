/// Turns UTF-16, as it comes in pieces, into UTF-8.
///
/// What is no UTF-16 (half a pair, an odd byte at the end) becomes the byte 0xFF, which is no UTF-8 either, so that
/// whoever reads the line finds it there.
struct UTF16Text {
    /// How the bytes of a file that begins with a byte order mark are ordered.
    enum Order { case littleEndian, bigEndian }

    private let order: Order
    /// The first byte of a unit whose second has not come.
    private var half: UInt8?
    /// The first unit of a pair whose second has not come.
    private var high: UInt16?

    /// `nil` where the first bytes of a file are not the mark of UTF-16.
    init?(mark: some Collection<UInt8>) {
        switch Array(mark.prefix(2)) {
        case [0xFF, 0xFE]: order = .littleEndian
        case [0xFE, 0xFF]: order = .bigEndian
        default: return nil
        }
    }

    /// Appends a piece of the file as UTF-8.
    mutating func append(_ bytes: some Collection<UInt8>, to text: inout [UInt8]) {
        for byte in bytes {
            guard let first = half else {
                half = byte
                continue
            }
            half = nil
            let (upper, lower) = order == .bigEndian ? (first, byte) : (byte, first)
            append(unit: UInt16(upper) << 8 | UInt16(lower), to: &text)
        }
    }

    /// Appends what shows that the file ends in the midst of a character, where it does.
    mutating func finish(_ text: inout [UInt8]) {
        if half != nil || high != nil { text.append(0xFF) }
        (half, high) = (nil, nil)
    }

    private mutating func append(unit: UInt16, to text: inout [UInt8]) {
        if let first = high {
            high = nil
            if 0xDC00...0xDFFF ~= unit {
                let scalar = 0x10000 + (UInt32(first - 0xD800) << 10 | UInt32(unit - 0xDC00))
                return append(UnicodeScalar(scalar), to: &text)
            }
            text.append(0xFF)
        }
        if 0xD800...0xDBFF ~= unit {
            high = unit
        } else {
            append(UnicodeScalar(unit), to: &text)
        }
    }

    private func append(_ scalar: UnicodeScalar?, to text: inout [UInt8]) {
        if let scalar { text.append(contentsOf: UTF8.encode(scalar) ?? .init()) } else { text.append(0xFF) }
    }
}
