/// The encoding that an HTML page says it is in: in `<meta charset>`, `<meta http-equiv="Content-Type">` or an XML
/// declaration at its head, as WHATWG's HTML standard (13.2.3.2) looks for it.
enum HTMLCharset: Equatable {
    case utf8
    /// Also what the names of Latin-1 and ASCII mean on the web.
    case windows1252
    /// One that is not read, by the name that the page gives.
    case other(String)

    /// Bytes at the head of a page in which the encoding is looked for.
    static let headBytes = 4096

    private static let windows1252Labels: Set<String> = [
        "ansi_x3.4-1968", "ascii", "cp1252", "cp819", "csisolatin1", "ibm819", "iso-8859-1", "iso-ir-100", "iso8859-1",
        "iso88591", "iso_8859-1", "iso_8859-1:1987", "l1", "latin1", "us-ascii", "windows-1252", "x-cp1252",
    ]
    private static let utf8Labels: Set<String> = [
        "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8", "x-unicode20utf8",
    ]

    /// UTF-8 where the head of a page, in bytes, declares nothing. A page that can be read so far and says it were UTF-16
    /// is none, as the standard has it.
    init(declaredIn head: [UInt8]) {
        let text = String(decoding: head.prefix(Self.headBytes).map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self)
            .lowercased()
        guard let label = Self.label(in: Array(text.utf8)) else {
            self = .utf8
            return
        }
        if Self.utf8Labels.contains(label) || label.hasPrefix("utf-16") || label.hasPrefix("utf16") {
            self = .utf8
        } else {
            self = Self.windows1252Labels.contains(label) ? .windows1252 : .other(label)
        }
    }

    /// Bytes of windows-1252 as text, whatever they are.
    static func windows1252(_ bytes: [UInt8]) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: bytes.lazy.map { HTMLEntities.scalar(windows1252: $0) })
        return String(text)
    }

    /// The name that a page's head, in lower case, declares.
    private static func label(in head: [UInt8]) -> String? {
        var position = 0
        if starts(head, with: "<?xml", at: 0) {
            let end = head.firstIndex(of: UInt8(ascii: ">")) ?? head.count
            if let label = value(of: "encoding", in: head[..<end]) { return label }
        }
        while let open = head[position...].firstIndex(of: UInt8(ascii: "<")) {
            position = open + 1
            if starts(head, with: "!--", at: position) {
                position = index(of: "-->", in: head, from: position + 1) ?? head.count
            } else if starts(head, with: "meta", at: position), position + 4 < head.count,
                isSpace(head[position + 4]) || head[position + 4] == UInt8(ascii: "/")
            {
                let end = tagEnd(head, from: position + 4)
                // Of a Content-Type the name follows in its value, which is where the same search finds it.
                if let label = value(of: "charset", in: head[(position + 4)..<end]) { return label }
                position = end
            }
        }
        return nil
    }

    /// What stands after `name` and `=` in a tag: in quotes, or up to where a name cannot go on.
    private static func value(of name: String, in tag: ArraySlice<UInt8>) -> String? {
        var position = tag.startIndex
        while let found = index(of: name, in: Array(tag), from: position - tag.startIndex) {
            var at = tag.startIndex + found + name.utf8.count
            position = at
            while at < tag.endIndex, isSpace(tag[at]) { at += 1 }
            guard at < tag.endIndex, tag[at] == UInt8(ascii: "=") else { continue }
            at += 1
            while at < tag.endIndex, isSpace(tag[at]) || tag[at] == 0x22 || tag[at] == 0x27 { at += 1 }
            let value = tag[at...].prefix { !isSpace($0) && !"\"';/>?".utf8.contains($0) }
            if !value.isEmpty { return String(decoding: value, as: UTF8.self) }
        }
        return nil
    }

    /// Where a tag's `>` is, or the head's end; one in quotes is none.
    private static func tagEnd(_ head: [UInt8], from start: Int) -> Int {
        var quote: UInt8?
        for position in start..<head.count {
            let byte = head[position]
            if quote == nil, byte == 0x22 || byte == 0x27 {
                quote = byte
            } else if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: ">") {
                return position
            }
        }
        return head.count
    }

    private static func starts(_ bytes: [UInt8], with text: String, at start: Int) -> Bool {
        bytes.count - start >= text.utf8.count && bytes[start...].starts(with: text.utf8)
    }

    private static func index(of text: String, in bytes: [UInt8], from start: Int) -> Int? {
        guard start >= 0, start < bytes.count else { return nil }
        return (start..<bytes.count).first { bytes[$0] == text.utf8.first && starts(bytes, with: text, at: $0) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}
