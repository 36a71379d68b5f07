/// The block structure of a Markdown file, so far as it tells headings from all else, by the algorithm of CommonMark 0.31
/// (appendix "A parsing strategy").
///
///     var blocks = MarkdownBlocks()
///     for (index, line) in lines.enumerated() { blocks.read(line, number: index + 1) }
///     for part in blocks.finish() { … }
///
/// Lines come in at one side and headings and lines of text leave at the other. A fence, indented code and HTML belong to
/// the list item or quotation that they stand in and end with it. Headings in list items and quotations are their text:
/// the sections of a document are not parted by what a list shows.
struct MarkdownBlocks {
    enum Part {
        /// A line that is no heading, as it is written.
        case text(String, line: Int)
        /// The heading's source and the line that it begins in.
        case heading(String, level: Int, line: Int)
    }

    private enum Container {
        case quotation
        /// A list item: columns up to its content, and whether it has nothing in it yet.
        case listItem(columns: Int, isEmpty: Bool)
    }

    private enum Leaf {
        case none, paragraph, indentedCode
        case fence(MarkdownFence)
        case html(MarkdownHTMLBlock)
    }

    /// Containers in one another beyond which their marks are text: what a line costs is bounded by it.
    private static let maximumDepth = 100

    private var containers: [Container] = []
    private var leaf = Leaf.none
    /// Lines of the open paragraph without what makes their containers.
    private var paragraph: [ArraySlice<UInt8>] = []
    private var paragraphBytes = 0
    private var paragraphLine = 1
    /// The open paragraph's lines as they are written, which an underline may turn into a heading.
    private var held: [String] = []
    private var parts: [Part] = []
    /// How many containers the line that is being read goes on in, and whether others or a leaf are still to be closed.
    private var matched = 0
    private var isUnmatched = false

    /// The parts that are known to be such so far, each once.
    mutating func take() -> [Part] {
        defer { parts = [] }
        return parts
    }

    /// The parts that are left at the end.
    mutating func finish() -> [Part] {
        closeLeaf()
        return take()
    }

    mutating func read(_ text: String, number: Int) {
        var line = MarkdownLine(text)
        matched = containers.firstIndex { !Self.goesOn($0, &line) } ?? containers.count
        let isInLeaf = matched == containers.count && leafGoesOn(&line)
        isUnmatched = !isInLeaf
        switch leaf {
        case .fence(let fence) where isInLeaf:
            if !line.isIndented, fence.isClosed(by: line.content) { leaf = .none }
            return parts.append(.text(text, line: number))
        case .html(let block) where isInLeaf:
            if block.isClosed(by: line.rest) { leaf = .none }
            return parts.append(.text(text, line: number))
        case .indentedCode where isInLeaf: return parts.append(.text(text, line: number))
        default: break
        }
        var continuesParagraph = if case .paragraph = leaf { isInLeaf } else { false }
        while startContainer(&line, continuesParagraph) { continuesParagraph = false }
        guard !startLeaf(line, number: number, continuesParagraph) else { return }
        if !line.isBlank, isParagraph {
            // Also where its containers' marks are missing, which is lazy and allowed.
            return addToParagraph(line, number: number)
        }
        closeUnmatched()
        guard !line.isBlank else { return parts.append(.text(text, line: number)) }
        open(.paragraph)
        addToParagraph(line, number: number)
    }

    private var isParagraph: Bool {
        if case .paragraph = leaf { true } else { false }
    }

    private static func goesOn(_ container: Container, _ line: inout MarkdownLine) -> Bool {
        switch container {
        case .quotation: return skipQuotationMark(&line)
        case .listItem(let columns, let isEmpty):
            if line.isBlank {
                line.skipSpace()
                return !isEmpty
            }
            guard line.indent >= columns else { return false }
            line.skip(columns: columns)
            return true
        }
    }

    private static func skipQuotationMark(_ line: inout MarkdownLine) -> Bool {
        guard !line.isIndented, line.content.first == UInt8(ascii: ">") else { return false }
        line.skipSpace()
        line.skip(bytes: 1)
        line.skip(columns: 1)
        return true
    }

    /// Whether the open leaf, all of whose containers go on, does too.
    private func leafGoesOn(_ line: inout MarkdownLine) -> Bool {
        switch leaf {
        case .none, .fence: return true
        case .paragraph: return !line.isBlank
        case .indentedCode: return line.isIndented || line.isBlank
        case .html(let block): return !(line.isBlank && block.endsAtBlankLine)
        }
    }

    /// Opens the quotation or list item that begins here, if one does.
    private mutating func startContainer(_ line: inout MarkdownLine, _ continuesParagraph: Bool) -> Bool {
        guard !line.isIndented, containers.count - (isUnmatched ? containers.count - matched : 0) < Self.maximumDepth
        else { return false }
        let content = line.content
        if content.first == UInt8(ascii: ">") {
            _ = Self.skipQuotationMark(&line)
            open(.none)
            containers.append(.quotation)
            return true
        }
        guard !Self.startsLeaf(line, continuesParagraph), let marker = Self.listMarker(content, continuesParagraph)
        else { return false }
        let columns = Self.skipListMarker(marker, &line)
        open(.none)
        containers.append(.listItem(columns: columns, isEmpty: true))
        return true
    }

    /// Whether a line that looks like a list item is an underline or a thematic break, which come first.
    private static func startsLeaf(_ line: MarkdownLine, _ continuesParagraph: Bool) -> Bool {
        isThematicBreak(line.content)
            || (continuesParagraph
                && MarkdownHeading.underline(String(decoding: line.content, as: UTF8.self)[...]) != nil)
    }

    /// Bytes of the mark of a list item; `nil` where none is ahead. Only one that is not empty, and a number only where
    /// it is 1, ends a paragraph.
    private static func listMarker(_ content: ArraySlice<UInt8>, _ endsParagraph: Bool) -> Int? {
        guard let first = content.first else { return nil }
        var length = 1
        if 0x30...0x39 ~= first {
            let digits = content.prefix { 0x30...0x39 ~= $0 }
            guard digits.count <= 9, let end = content[digits.endIndex...].first,
                end == UInt8(ascii: ".") || end == UInt8(ascii: ")"),
                !endsParagraph || Int(String(decoding: digits, as: UTF8.self)) == 1
            else { return nil }
            length = digits.count + 1
        } else if !"-+*".utf8.contains(first) {
            return nil
        }
        let rest = content.dropFirst(length)
        guard rest.first.map({ $0 == 0x20 || $0 == 0x09 }) ?? true else { return nil }
        let isEmpty = rest.allSatisfy { $0 == 0x20 || $0 == 0x09 }
        return endsParagraph && isEmpty ? nil : length
    }

    /// Passes over the mark of a list item and the space that belongs to it; the columns up to the item's content.
    private static func skipListMarker(_ length: Int, _ line: inout MarkdownLine) -> Int {
        let indent = line.indent
        line.skipSpace()
        line.skip(bytes: length)
        // With more space than that the content is indented code, one column behind the mark.
        let space = line.isBlank || !(1...4 ~= line.indent) ? 1 : line.indent
        line.skip(columns: space)
        return indent + length + space
    }

    /// Opens, or ends at once, the leaf that begins here, if one other than a paragraph does.
    private mutating func startLeaf(_ line: MarkdownLine, number: Int, _ continuesParagraph: Bool) -> Bool {
        if line.isIndented {
            guard !isParagraph, !line.isBlank else { return false }
            open(.indentedCode)
            parts.append(.text(line.text, line: number))
            return true
        }
        let content = line.content
        guard let first = content.first else { return false }
        switch first {
        case UInt8(ascii: "#"):
            guard let (level, text) = MarkdownHeading.atx(String(decoding: content, as: UTF8.self)[...]) else {
                return false
            }
            open(.none)
            parts.append(
                containers.isEmpty ? .heading(text, level: level, line: number) : .text(line.text, line: number))
            return true
        case UInt8(ascii: "`"), UInt8(ascii: "~"):
            guard let fence = MarkdownFence(line: content) else { return false }
            open(.fence(fence))
        case UInt8(ascii: "<"):
            guard let block = MarkdownHTMLBlock(line: content) else { return false }
            if case .lone = block, isParagraph { return false }
            open(block.isClosed(by: content) ? .none : .html(block))
        case UInt8(ascii: "="), UInt8(ascii: "-"):
            if continuesParagraph, underline(content, line, number: number) { return true }
            fallthrough
        case UInt8(ascii: "*"), UInt8(ascii: "_"):
            guard Self.isThematicBreak(content) else { return false }
            open(.none)
        default: return false
        }
        parts.append(.text(line.text, line: number))
        return true
    }

    private static func isThematicBreak(_ content: ArraySlice<UInt8>) -> Bool {
        guard let mark = content.first, "-*_".utf8.contains(mark) else { return false }
        return content.allSatisfy { $0 == mark || $0 == 0x20 || $0 == 0x09 } && content.count { $0 == mark } >= 3
    }

    /// Makes a heading of the open paragraph where a line underlines it, definitions of links before it left out.
    private mutating func underline(_ content: ArraySlice<UInt8>, _ line: MarkdownLine, number: Int) -> Bool {
        guard let level = MarkdownHeading.underline(String(decoding: content, as: UTF8.self)[...]) else { return false }
        var definitions = 0
        if paragraph.first?.first == UInt8(ascii: "[") {
            definitions = MarkdownLinkDefinitions(paragraph: Array(paragraph.joined(separator: [0x0A]))).lineCount
        }
        guard definitions < paragraph.count else { return false }
        let isTable = paragraph.first?.first == UInt8(ascii: "|")
        guard containers.isEmpty, paragraphBytes <= Section.maximumHeadingBytes, !isTable else {
            closeLeaf()
            parts.append(.text(line.text, line: number))
            return true
        }
        for (index, text) in held.prefix(definitions).enumerated() {
            parts.append(.text(text, line: paragraphLine + index))
        }
        let text = held.dropFirst(definitions).map { $0.trimmingSpaces() }.joined(separator: " ")
        held = []
        closeLeaf()
        parts.append(.heading(text, level: level, line: paragraphLine + definitions))
        return true
    }

    private mutating func addToParagraph(_ line: MarkdownLine, number: Int) {
        if paragraph.isEmpty { (paragraphLine, paragraphBytes) = (number, 0) }
        paragraph.append(line.content)
        paragraphBytes += line.text.utf8.count
        if containers.isEmpty { held.append(line.text) } else { parts.append(.text(line.text, line: number)) }
    }

    /// Ends what the line does not go on in, and the leaf, for one that begins; the container has something in it.
    private mutating func open(_ next: Leaf) {
        closeUnmatched()
        closeLeaf()
        if case .listItem(let columns, true) = containers.last {
            containers[containers.count - 1] = .listItem(columns: columns, isEmpty: false)
        }
        leaf = next
    }

    private mutating func closeUnmatched() {
        guard isUnmatched else { return }
        closeLeaf()
        containers.removeSubrange(matched...)
        isUnmatched = false
    }

    private mutating func closeLeaf() {
        for (index, text) in held.enumerated() { parts.append(.text(text, line: paragraphLine + index)) }
        (held, paragraph, leaf) = ([], [], .none)
    }
}
