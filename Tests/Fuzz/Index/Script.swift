/// What an input says is to be done to an index: a stream of choices, zeros after its end. Any bytes are a script, and
/// a small change of the bytes is a small change of what is done.
struct Script {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { self.bytes = ArraySlice(Array(bytes)) }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    mutating func number() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// One of `count` choices; 0 where there is none.
    mutating func choose(_ count: Int) -> Int {
        guard count > 1 else { return 0 }
        return (count <= 256 ? Int(byte()) : number()) % count
    }

    mutating func element<Element>(of elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[choose(elements.count)]
    }

    /// A place in something of so many bytes.
    mutating func place(in count: Int) -> Int {
        guard count > 0 else { return 0 }
        return (number() << 8 | Int(byte())) % count
    }

    /// A whole number: near to `old`, or one at which something overflows.
    mutating func integer(near old: UInt64) -> UInt64 {
        let kind = byte()
        switch kind {
        case 0..<40: return old &+ 1
        case 40..<80: return old &- 1
        case 80..<96: return old &* 2
        case 96..<104: return old / 2
        case 104..<112: return old ^ (1 << UInt64(byte() % 64))
        case 112..<128: return UInt64(byte())
        case 128..<144: return UInt64(number())
        default: return Self.extremes[Int(kind) % Self.extremes.count]
        }
    }

    private static let extremes: [UInt64] = [
        0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 1 << 53, (1 << 53) + 1,
        1 << 61,
        1 << 62, .max / 4, .max >> 1, 1 << 63, .max - 1, .max, .max - 0xFF, 1 << 40, 64, 255, 256, 4096, 16_384, 1024,
        1025,
    ]
}
