import Foundation

extension ComparisonReport {
    /// The means as a LaTeX table for `booktabs`, to be put into a paper by `\input`.
    public func latex() -> String {
        var text = """
            % Needs \\usepackage{booktabs}
            \\begin{table}
            \\centering
            \\begin{tabular}{l\(String(repeating: "r", count: measures.count))}
            \\toprule

            """
        text += Self.row(["System"] + measures.map { Self.escaped($0.description) })
        text += "\\midrule\n"
        for (index, system) in systems.enumerated() {
            text += Self.row(
                [Self.escaped(system.name)]
                    + measures.map { measure in
                        let value = FigureFormat.value(system.mean(measure))
                        let mark = isSignificant(system.name, measure) == true ? "$^{\\dagger}$" : ""
                        return (best(measure).contains(index) ? "\\textbf{\(value)}" : value) + mark
                    })
        }
        text += "\\bottomrule\n\\end{tabular}\n\\caption{\(caption)}\n\\end{table}\n"
        return text
    }

    private var caption: String {
        var text = "\(Self.escaped(title)), means over \(queries.count) queries. The best value of a measure is bold."
        if baselines.count == 1 {
            text += " $^{\\dagger}$ differs from \(Self.escaped(baselines[0])) at $p < \(FigureFormat.tick(level))$"
            text += " (paired $t$-test, Holm's correction)."
        }
        return text
    }

    private static func row(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\\n" }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\textbackslash{}"
            case "~": escaped += "\\textasciitilde{}"
            case "^": escaped += "\\textasciicircum{}"
            case "&", "%", "$", "#", "_", "{", "}": escaped += "\\" + String(scalar)
            default: escaped.unicodeScalars.append(Character(scalar).isNewline ? " " : scalar)
            }
        }
        return escaped
    }
}
