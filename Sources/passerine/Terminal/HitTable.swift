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
            let text = hit.span?.text ?? hit.text ?? ""
            for line in wrap(Terminal.safe(text).replacingOccurrences(of: "\n", with: " "), lines: 3) {
                print("              " + line)
            }
            if let explanation = hit.explanation { show(explanation) }
        }
        let times = response.milliseconds.map { "\($0.stage) \(String(format: "%.1f", $0.time))" }
        print(
            "\u{1B}[2m\(times.joined(separator: " · ")) · total \(String(format: "%.1f", response.total)) ms\u{1B}[0m")
    }

    private func show(_ explanation: Explanation) {
        func line(_ name: String, _ parts: [String]) {
            for (number, part) in wrap(parts.joined(separator: "  "), lines: 6).enumerated() {
                print(
                    "      \u{1B}[2m\(number == 0 ? name.padding(toLength: 8, withPad: " ", startingAt: 0) : "        ")\(part)\u{1B}[0m"
                )
            }
        }
        line("bm25", explanation.bm25.filter { $0.count > 0 }.map { "\($0.term) \(String(format: "%.2f", $0.score))" })
        line("tildev2", explanation.tildev2.map { "\($0.piece) \(String(format: "%.2f", $0.weight))" })
        line(
            "colbert",
            explanation.colbert.map { "\($0.queryPiece)→\($0.passagePiece) \(String(format: "%.2f", $0.similarity))" })
    }

    /// The first few lines of a text.
    private func wrap(_ text: String, lines limit: Int) -> [String] {
        let room = max(20, width - 16)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.count + word.count + 1 > room, !line.isEmpty {
                lines.append(line)
                line = ""
                if lines.count == limit {
                    lines[limit - 1] += " …"
                    return lines
                }
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
