/// The names of headings in links, as GitHub makes them: "What's new in 2.0?" is `whats-new-in-20`.
package enum Slug {
    /// Longest slug in characters; headings longer than that are rarely told apart by their ends.
    static let maximumCharacters = 80

    /// Lower case, letters, digits, `-` and `_` kept, spaces turned into `-`, everything else dropped.
    package static func of(_ heading: String) -> String {
        var slug = ""
        var count = 0
        for character in heading.lowercased() where count < maximumCharacters {
            if character.isLetter || character.isNumber || character == "-" || character == "_" {
                slug.append(character)
            } else if character.isWhitespace {
                slug.append("-")
            } else {
                continue
            }
            count += 1
        }
        return slug
    }
}
