/// A line of Markdown that is read from left to right by columns, of which a tab takes up to four.
struct MarkdownLine {
    /// The line as it is written, without its ending.
    let text: String
    private let bytes: [UInt8]
    /// What has been read: bytes, and the columns that they take.
    private var offset = 0
    private var column = 0
    /// The first byte ahead that is no space or tab, and its column.
    private var contentStart = 0
    private var contentColumn = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
        lookAhead()
    }

    /// Columns of white space ahead.
    var indent: Int { contentColumn - column }
    /// Whether so much white space is ahead that what follows can only be code.
    var isIndented: Bool { indent >= 4 }
    /// Whether nothing but white space is ahead.
    var isBlank: Bool { contentStart == bytes.count }
    /// What is ahead, white space before it left out.
    var content: ArraySlice<UInt8> { bytes[contentStart...] }
    /// What is ahead with its white space.
    var rest: ArraySlice<UInt8> { bytes[offset...] }

    /// Passes over the white space ahead.
    mutating func skipSpace() {
        (offset, column) = (contentStart, contentColumn)
    }

    /// Passes over some bytes, none of which is a tab.
    mutating func skip(bytes count: Int) {
        offset = min(offset + count, bytes.count)
        column += count
        lookAhead()
    }

    /// Passes over up to so many columns of white space; of a tab maybe only a part.
    mutating func skip(columns count: Int) {
        var left = count
        while left > 0, offset < contentStart {
            let width = bytes[offset] == 0x09 ? 4 - column % 4 : 1
            column += min(left, width)
            if left >= width { offset += 1 }
            left -= width
        }
        lookAhead()
    }

    private mutating func lookAhead() {
        (contentStart, contentColumn) = (offset, column)
        while contentStart < bytes.count {
            switch bytes[contentStart] {
            case 0x20: contentColumn += 1
            case 0x09: contentColumn += 4 - contentColumn % 4
            default: return
            }
            contentStart += 1
        }
    }
}
