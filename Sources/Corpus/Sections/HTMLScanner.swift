/// Cuts an HTML page into tags and the text between them, forgiving as browsers are; comments are passed over.
struct HTMLScanner {
    enum Token {
        /// Bytes of the page, with entities in them.
        case text(Range<Int>)
        /// Name in lower case, the `id` attribute, whether it ends in `/>`, and where it begins.
        case open(name: String, anchor: String?, isClosed: Bool, start: Int)
        case close(name: String)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var countedLine = 1
    private var countedTo = 0

    init(page: String) {
        bytes = Array(page.utf8)
    }

    mutating func next() -> Token? {
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else { return text(from: position) }
            let start = position
            let mark = position + 1 < bytes.count ? bytes[position + 1] : 0
            if starts(with: "<!--", at: position) {
                position = index(of: "-->", from: position + 4).map { $0 + 3 } ?? bytes.count
            } else if mark == UInt8(ascii: "!") || mark == UInt8(ascii: "?") {
                position = (bytes[position...].firstIndex(of: UInt8(ascii: ">")) ?? bytes.count - 1) + 1
            } else if Self.isLetter(mark) {
                position += 1
                let name = tagName()
                let (anchor, isClosed) = attributes()
                return .open(name: name, anchor: anchor, isClosed: isClosed, start: start)
            } else if mark == UInt8(ascii: "/"), position + 2 < bytes.count, Self.isLetter(bytes[position + 2]) {
                position += 2
                let name = tagName()
                _ = attributes()
                return .close(name: name)
            } else {
                return text(from: position)
            }
        }
        return nil
    }

    /// Passes to after the end tag of an element whose content is no markup; the content's place.
    mutating func skipContent(of name: String) -> Range<Int> {
        let start = position
        let wanted = "</" + name
        while let tag = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
            position = tag + 1
            guard starts(with: wanted, at: tag) else { continue }
            let after = tag + wanted.utf8.count
            guard after == bytes.count || !Self.isLetter(bytes[after]) else { continue }
            position = after
            _ = attributes()
            return start..<tag
        }
        position = bytes.count
        return start..<bytes.count
    }

    /// The line of a byte, counted from 1. To be asked in rising order.
    mutating func line(at offset: Int) -> Int {
        if offset > countedTo {
            countedLine += bytes[countedTo..<offset].count { $0 == 0x0A }
            countedTo = offset
        }
        return countedLine
    }

    /// Appends a piece of text, its entities decoded.
    func decode(_ range: Range<Int>, into text: inout CollapsedText) {
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == UInt8(ascii: "&"),
                let (scalar, end) = reference(in: bytes[(index + 1)..<min(index + 34, range.upperBound)])
            {
                text.append(scalar)
                index = end
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
    }

    private mutating func text(from start: Int) -> Token {
        position = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        return .text(start..<position)
    }

    private mutating func tagName() -> String {
        let start = position
        while position < bytes.count, !Self.isSpace(bytes[position]), !">/".utf8.contains(bytes[position]) {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
    }

    /// Passes to after the tag's `>`.
    private mutating func attributes() -> (anchor: String?, isClosed: Bool) {
        var anchor: String?
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: ">") {
                position += 1
                return (anchor, bytes[position - 2] == UInt8(ascii: "/"))
            }
            guard !Self.isSpace(byte), byte != UInt8(ascii: "/") else {
                position += 1
                continue
            }
            let name = position
            position += 1
            while position < bytes.count, !Self.isSpace(bytes[position]), !"=>/".utf8.contains(bytes[position]) {
                position += 1
            }
            let isID = position == name + 2 && bytes[name] | 0x20 == 0x69 && bytes[name + 1] | 0x20 == 0x64
            while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
            guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else { continue }
            position += 1
            let value = attributeValue()
            if isID, anchor == nil, !value.isEmpty { anchor = String(decoding: bytes[value], as: UTF8.self) }
        }
        return (anchor, false)
    }

    private mutating func attributeValue() -> Range<Int> {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        guard position < bytes.count else { return position..<position }
        let quote = bytes[position]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let start = position + 1
            let end = bytes[start...].firstIndex(of: quote) ?? bytes.count
            position = min(end + 1, bytes.count)
            return start..<end
        }
        let start = position
        while position < bytes.count, !Self.isSpace(bytes[position]), bytes[position] != UInt8(ascii: ">") {
            position += 1
        }
        return start..<position
    }

    /// The character of an entity, read from after its `&`, and the position after it.
    private func reference(in slice: ArraySlice<UInt8>) -> (UnicodeScalar, end: Int)? {
        guard let first = slice.first else { return nil }
        if first == UInt8(ascii: "#") {
            let isHexadecimal = slice.dropFirst().first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
            let digits = slice.dropFirst(isHexadecimal ? 2 : 1).prefix {
                isHexadecimal ? Character(UnicodeScalar($0)).isHexDigit : 0x30...0x39 ~= $0
            }
            guard !digits.isEmpty else { return nil }
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10) ?? .max
            let hasEnd = digits.endIndex < slice.endIndex && slice[digits.endIndex] == UInt8(ascii: ";")
            return (HTMLEntities.scalar(code: code), digits.endIndex + (hasEnd ? 1 : 0))
        }
        let name = slice.prefix { Self.isLetter($0) || 0x30...0x39 ~= $0 }
        guard let scalar = HTMLEntities.scalar(named: String(decoding: name, as: UTF8.self)) else { return nil }
        if name.endIndex < slice.endIndex, slice[name.endIndex] == UInt8(ascii: ";") {
            return (scalar, name.endIndex + 1)
        }
        // Only the names of the first HTML may lack their semicolon.
        return scalar.value < 0x100 ? (scalar, name.endIndex) : nil
    }

    private func starts(with text: String, at start: Int) -> Bool {
        guard bytes.count - start >= text.utf8.count else { return false }
        return zip(bytes[start...], text.utf8).allSatisfy { byte, wanted in
            byte == wanted || (Self.isLetter(byte) && byte | 0x20 == wanted)
        }
    }

    private func index(of text: String, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        return bytes.indices[start...].first { bytes[$0] == text.utf8.first && starts(with: text, at: $0) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
    private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }
}
