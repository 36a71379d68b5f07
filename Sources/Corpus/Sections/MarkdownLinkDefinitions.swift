/// Definitions of links at the head of a paragraph, such as `[name]: /address "title"`, which are no part of it.
struct MarkdownLinkDefinitions {
    /// Lines of the paragraph that they take.
    let lineCount: Int

    private let bytes: [UInt8]
    private static let maximumLabelBytes = 1_000

    /// Reads the definitions that a paragraph, its lines joined by newlines, begins with.
    init(paragraph: [UInt8]) {
        bytes = paragraph
        var end = 0
        while let next = Self.definition(in: paragraph, from: end), next > end { end = next }
        let newlines = paragraph[..<end].count { $0 == 0x0A }
        lineCount = end == paragraph.count && end > 0 && paragraph[end - 1] != 0x0A ? newlines + 1 : newlines
    }

    /// Where the definition that begins at `start` ends, with its newline; `nil` where none does.
    private static func definition(in bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        skipSpaces(bytes, &position)
        guard let afterLabel = label(in: bytes, from: position), afterLabel < bytes.count,
            bytes[afterLabel] == UInt8(ascii: ":")
        else { return nil }
        position = afterLabel + 1
        skipSpaceAndLine(bytes, &position)
        guard let afterAddress = address(in: bytes, from: position) else { return nil }
        position = afterAddress
        skipSpaceAndLine(bytes, &position)
        if position > afterAddress, let afterTitle = title(in: bytes, from: position),
            let end = lineEnd(bytes, afterTitle)
        {
            return end
        }
        return lineEnd(bytes, afterAddress)
    }

    /// After `[…]`, which has no bracket in it and something beside white space.
    private static func label(in bytes: [UInt8], from start: Int) -> Int? {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "[") else { return nil }
        var position = start + 1
        var isBlank = true
        while position < bytes.count, position - start <= maximumLabelBytes {
            switch bytes[position] {
            case UInt8(ascii: "["): return nil
            case UInt8(ascii: "]"): return isBlank ? nil : position + 1
            case UInt8(ascii: "\\"):
                isBlank = false
                position += 1
            case 0x20, 0x09...0x0D: break
            default: isBlank = false
            }
            position += 1
        }
        return nil
    }

    /// After an address: in angle brackets, or without spaces and with its parentheses in pairs.
    private static func address(in bytes: [UInt8], from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        var position = start
        if bytes[start] == UInt8(ascii: "<") {
            position += 1
            while position < bytes.count, bytes[position] != 0x0A, bytes[position] != UInt8(ascii: "<") {
                if bytes[position] == UInt8(ascii: ">") { return position + 1 }
                position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
            }
            return nil
        }
        var depth = 0
        while position < bytes.count, bytes[position] > 0x20, bytes[position] != 0x7F {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] > 0x20 {
                position += 1
            } else if bytes[position] == UInt8(ascii: "(") {
                depth += 1
            } else if bytes[position] == UInt8(ascii: ")") {
                depth -= 1
                if depth < 0 { return nil }
            }
            position += 1
        }
        return depth == 0 && position > start ? position : nil
    }

    /// After a title in quotes or parentheses, which may go over several lines.
    private static func title(in bytes: [UInt8], from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        let open = bytes[start]
        guard open == 0x22 || open == 0x27 || open == UInt8(ascii: "(") else { return nil }
        let close = open == UInt8(ascii: "(") ? UInt8(ascii: ")") : open
        var position = start + 1
        while position < bytes.count {
            if bytes[position] == close { return position + 1 }
            if open != close, bytes[position] == open { return nil }
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    /// After the newline, where only white space is before it, or the paragraph's end.
    private static func lineEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        var position = start
        skipSpaces(bytes, &position)
        guard position < bytes.count else { return bytes.count }
        return bytes[position] == 0x0A ? position + 1 : nil
    }

    private static func skipSpaces(_ bytes: [UInt8], _ position: inout Int) {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x09 { position += 1 }
    }

    private static func skipSpaceAndLine(_ bytes: [UInt8], _ position: inout Int) {
        skipSpaces(bytes, &position)
        guard position < bytes.count, bytes[position] == 0x0A else { return }
        position += 1
        skipSpaces(bytes, &position)
    }
}
