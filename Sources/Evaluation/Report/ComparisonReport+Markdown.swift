import Foundation

extension ComparisonReport {
    /// The report as Markdown: a table of means, one of tests, latencies, and the queries that moved most.
    public func markdown() -> String {
        var text = "# \(Self.cell(title))\n\n"
        text += "\(queries.count) judged queries"
        if let qrelsPath { text += " (`\(Self.cell(qrelsPath))`)" }
        text += ". Means with \(Int((confidence * 100).rounded())) % bootstrap confidence intervals; "
        text += "the best value of a measure is bold.\n\n"
        text += meansTable()
        if !pairs.isEmpty { text += "\n## Differences\n\n" + testsTable() }
        if systems.contains(where: { $0.latencies != nil }) {
            text += "\n## Milliseconds per query\n\n" + latencyTable()
        }
        let moved = pairs.filter { $0.measure == measures[0] && !$0.moved.isEmpty }
        if !moved.isEmpty {
            text += "\n## Queries that moved most by \(measures[0])\n"
            for pair in moved { text += movedTable(pair) }
        }
        let known = systems.filter { $0.provenance != nil }
        if !known.isEmpty { text += "\n## Provenance\n\n" }
        for system in known {
            text += "- **\(Self.cell(system.name))**: "
            text += (system.provenance?.lines ?? []).map { "\($0.name) \(Self.cell($0.value))" }.joined(separator: "; ")
            text += "\n"
        }
        for warning in warnings { text += "\n> \(Self.cell(warning.description))\n" }
        return text
    }

    private func meansTable() -> String {
        let daggers = baselines.count == 1
        var text = Self.row(["system"] + measures.map(\.description))
        text += Self.rule(leading: 1, figures: measures.count)
        for (index, system) in systems.enumerated() {
            text += Self.row(
                [Self.cell(system.name)]
                    + measures.map { measure in
                        let value = FigureFormat.value(system.mean(measure))
                        let mark = isSignificant(system.name, measure) == true ? "†" : ""
                        let interval = system.interval(measure)
                        return (best(measure).contains(index) ? "**\(value)**" : value) + mark
                            + " [\(FigureFormat.value(interval.low)), \(FigureFormat.value(interval.high))]"
                    })
        }
        if daggers, !pairs.isEmpty {
            text += "\n† differs from \(Self.cell(baselines[0])) at p < \(FigureFormat.tick(level)) "
            text += "(paired t-test, Holm's correction over the systems).\n"
        }
        return text
    }

    private func testsTable() -> String {
        var text = Self.row([
            "measure", "baseline", "system", "difference", "t", "p (t-test)", "Holm", "p (randomisation)", "Holm",
            "wins", "ties", "losses",
        ])
        text += Self.rule(leading: 3, figures: 9)
        for pair in pairs {
            text += Self.row([
                pair.measure.description, Self.cell(pair.baseline), Self.cell(pair.system),
                FigureFormat.difference(pair.tTest.difference), String(format: "%.3f", pair.tTest.statistic),
                FigureFormat.probability(pair.tTest.probability), FigureFormat.probability(pair.correctedT),
                FigureFormat.probability(pair.randomisation.probability),
                FigureFormat.probability(pair.correctedRandomisation), "\(pair.wins)", "\(pair.ties)",
                "\(pair.losses)",
            ])
        }
        return text
    }

    private func latencyTable() -> String {
        var text = Self.row(["system", "stage", "mean", "p50", "p95", "p99"]) + Self.rule(leading: 2, figures: 4)
        for system in systems {
            for summary in system.latencies?.summaries ?? [] {
                text += Self.row(
                    [Self.cell(system.name), Self.cell(summary.stage)]
                        + [summary.mean, summary.p50, summary.p95, summary.p99].map(FigureFormat.milliseconds))
            }
        }
        let front = systems.filter { $0.onParetoFront == true }.map { Self.cell($0.name) }
        text += "\nOn the Pareto front of \(measures[0]) against median latency: \(front.joined(separator: ", ")).\n"
        return text
    }

    private func movedTable(_ pair: Pair) -> String {
        var text = "\n\(Self.cell(pair.system)) against \(Self.cell(pair.baseline)):\n\n"
        text += Self.row(["query", "text", pair.baseline, pair.system, "difference"].map(Self.cell))
        text += Self.rule(leading: 2, figures: 3)
        for query in pair.moved {
            text += Self.row([
                Self.cell(query.query), Self.cell(query.text ?? ""), FigureFormat.value(query.first),
                FigureFormat.value(query.second), FigureFormat.difference(query.difference),
            ])
        }
        return text
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }

    private static func rule(leading: Int, figures: Int) -> String {
        "|" + String(repeating: "---|", count: leading) + String(repeating: "--:|", count: figures) + "\n"
    }

    /// Text from files as text: what Markdown would take for markup is escaped.
    private static func cell(_ text: String) -> String {
        var escaped = ""
        // Scalar by scalar: a bar with a combining mark behind it ends a cell all the same.
        let markup = "\\`*_{}[]<>#|~".unicodeScalars
        for scalar in text.unicodeScalars {
            if markup.contains(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(Character(scalar).isNewline ? " " : scalar)
        }
        return escaped
    }
}
