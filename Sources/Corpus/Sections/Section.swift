/// A part of a text file that becomes one passage.
package struct Section: Sendable, Equatable {
    /// Headings from the outermost to the section's own; empty before the first heading.
    package var headings: [String]
    /// What the section's own heading is called in links; `nil` where it has none.
    package var slug: String?
    /// Line of the heading, or of the first line of text, counted from 1.
    package var line: Int
    /// The text without its heading.
    package var body: String

    /// Longest heading in bytes; longer ones are text, as no title should be.
    static let maximumHeadingBytes = 1_000

    package init(headings: [String], slug: String? = nil, line: Int, body: String) {
        self.headings = headings
        self.slug = slug
        self.line = line
        self.body = body
    }

    /// The headings in one line, such as "Install > Debian"; `nil` where there are none.
    package var title: String? {
        headings.isEmpty ? nil : headings.joined(separator: " > ")
    }
}
