import Foundation
import Search

/// Hits as a person reads them: rank, score, id, and the text wrapped to the terminal.
struct HitTable {
    let response: SearchResponse
    let width: Int

    func show() {
        if response.hits.isEmpty { print("nothing found") }
        for hit in response.hits {
            let score = String(format: "%8.3f", hit.score)
            let title = hit.metadata["title"]?.stringValue.map { "  " + Terminal.safe($0) } ?? ""
            print(
                "\u{1B}[1m\(String(format: "%3d", hit.rank))\u{1B}[0m \(score)  \u{1B}[36m\(Terminal.safe(hit.id))\u{1B}[0m\(title)"
            )
            for line in wrap(words(of: hit), lines: 3) { print("              " + line) }
            if let explanation = hit.explanation { show(explanation) }
        }
        for facet in response.facets ?? [] {
            let counts = facet.values.map { "\($0.value.stringValue ?? $0.value.serialised()) \($0.count)" }
            print("\(Terminal.safe(facet.field.text)): \(Terminal.safe(counts.joined(separator: " · ")))")
        }
        let times = response.milliseconds.map { "\($0.stage) \(String(format: "%.1f", $0.time))" }
        print(
            "\u{1B}[2m\(times.joined(separator: " · ")) · total \(String(format: "%.1f", response.total)) ms\u{1B}[0m")
    }

    private func show(_ explanation: Explanation) {
        func line(_ name: String, _ parts: [String]) {
            for (number, part) in wrap(plain(parts.joined(separator: "  ")), lines: 6).enumerated() {
                print(
                    "      \u{1B}[2m\(number == 0 ? name.padding(toLength: 8, withPad: " ", startingAt: 0) : "        ")\(part)\u{1B}[0m"
                )
            }
        }
        line("bm25", explanation.bm25.filter { $0.count > 0 }.map { "\($0.term) \(String(format: "%.2f", $0.score))" })
        line(
            "tildev2", explanation.tildev2.map { "\($0.piece) \(String(format: "%.2f", $0.score))" })
        line(
            "colbert",
            explanation.colbert.map { "\($0.queryPiece)→\($0.passagePiece) \(String(format: "%.2f", $0.score))" })
        line(
            "feedback", explanation.feedback.map { "\(Terminal.safe($0.id)) \(String(format: "%.2f", $0.score))" })
    }

    /// A word and the columns that it takes, which are fewer than its characters where it is bold.
    private typealias Word = (text: String, width: Int)

    private func plain(_ text: String) -> [Word] { text.split(separator: " ").map { (String($0), $0.count) } }

    /// The words of the hit's text, or of the part of it that won, with the query's terms in bold.
    private func words(of hit: Hit) -> [Word] {
        let text = Terminal.safe(hit.span?.text ?? hit.text ?? "").unicodeScalars
        let first = hit.span?.start ?? 0
        var highlights = (hit.highlights ?? []).drop { $0.upperBound <= first }[...]
        var words: [Word] = []
        var (word, letters, isBold) = ("", String.UnicodeScalarView(), false)
        func endWord() {
            if !letters.isEmpty { words.append((word + (isBold ? "\u{1B}[22m" : ""), String(letters).count)) }
            (word, letters, isBold) = ("", String.UnicodeScalarView(), false)
        }
        for (place, scalar) in zip(first..., text) {
            if let span = highlights.first, span.upperBound <= place { highlights.removeFirst() }
            guard scalar != " ", scalar != "\n" else {
                endWord()
                continue
            }
            let shouldBeBold = highlights.first?.contains(place) ?? false
            if shouldBeBold != isBold { word += shouldBeBold ? "\u{1B}[1m" : "\u{1B}[22m" }
            isBold = shouldBeBold
            word.unicodeScalars.append(scalar)
            letters.append(scalar)
        }
        endWord()
        return words
    }

    /// The first few lines of a text.
    private func wrap(_ words: [Word], lines limit: Int) -> [String] {
        let room = max(20, width - 16)
        var lines: [String] = []
        var (line, taken) = ("", 0)
        for word in words {
            if taken + word.width + 1 > room, !line.isEmpty {
                lines.append(line)
                (line, taken) = ("", 0)
                if lines.count == limit {
                    lines[limit - 1] += " …"
                    return lines
                }
            }
            line += (line.isEmpty ? "" : " ") + word.text
            taken += (taken == 0 ? 0 : 1) + word.width
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
