import Foundation
import JSON

extension ComparisonReport {
    /// The report as one page that needs nothing else: styles and plots are inside, scripts there are none, and its
    /// content policy forbids fetching anything.
    public func html() -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(HTML.escaped(title))</title>
        <style>
        \(ReportStyle.sheet)
        </style>
        </head>
        <body>
        <main>
        <h1>\(HTML.escaped(title))</h1>
        <p class="soft">\(summary)</p>
        \(effectivenessSection)\(recallSection)\(differencesSection)\(movedSection)\(latencySection)\
        \(provenanceSection)\(methodSection)
        </main>
        </body>
        </html>

        """
    }

    private var summary: String {
        let judged = "\(queries.count) judged queries" + (qrelsPath.map { " (\(HTML.escaped($0)))" } ?? "")
        return "\(systems.count) system\(systems.count == 1 ? "" : "s"), \(judged)."
    }

    private var effectivenessSection: String {
        let rows = systems.enumerated().map { index, system in
            [HTML.escaped(system.name)]
                + measures.map { measure in
                    let value = FigureFormat.value(system.mean(measure))
                    let mark = isSignificant(system.name, measure) == true ? "†" : ""
                    let interval = system.interval(measure)
                    return (best(measure).contains(index) ? "<strong>\(value)</strong>" : value) + mark
                        + "<small>\(FigureFormat.value(interval.low)) to \(FigureFormat.value(interval.high))</small>"
                }
        }
        var text = "<h2>Effectiveness</h2>\n"
        text += HTML.table(["System"] + measures.map(\.description), rows, leading: 1)
        text += "<p class=\"soft\">Best value bold; below each mean its \(percent) % confidence interval."
        if baselines.count == 1 {
            text += " † differs from \(HTML.escaped(baselines[0])) at p &lt; \(FigureFormat.tick(level)) "
            text += "(paired t-test, Holm’s correction)."
        }
        text += "</p>\n<div class=\"plots\">\n"
        for measure in measures {
            text += HTML.figure(
                BarPlot.element(self, measure: measure), caption: "\(measure), with \(percent) % confidence intervals")
        }
        return text + "</div>\n"
    }

    private var recallSection: String {
        let threshold = recallThreshold == 1 ? "" : " (grade \(recallThreshold) and up)"
        return "<h2>Recall</h2>\n\(legend)<div class=\"plots\">\n"
            + HTML.figure(
                LinePlot.recall(self),
                caption: "Share of relevant passages\(threshold) among the first k, mean over queries")
            + "</div>\n"
    }

    private var differencesSection: String {
        guard !pairs.isEmpty else { return "" }
        let rows = pairs.map { pair in
            let direction = pair.tTest.difference >= 0 ? "gained" : "lost"
            return [
                HTML.escaped(pair.measure.description), HTML.escaped(pair.baseline), HTML.escaped(pair.system),
                "<span class=\"\(direction)\">\(FigureFormat.difference(pair.tTest.difference))</span>"
                    + "<small>\(FigureFormat.difference(pair.tTest.low)) to "
                    + "\(FigureFormat.difference(pair.tTest.high))</small>",
                String(format: "%.3f", pair.tTest.statistic),
                Self.probability(pair.tTest.probability, corrected: pair.correctedT),
                Self.probability(pair.randomisation.probability, corrected: pair.correctedRandomisation),
                "\(pair.wins) / \(pair.ties) / \(pair.losses)",
            ]
        }
        var text = "<h2>Differences</h2>\n"
        text += HTML.table(
            [
                "Measure", "Baseline", "System", "Difference", "t", "p (t-test)", "p (randomisation)",
                "Wins / ties / losses",
            ], rows, leading: 3)
        text += "<p class=\"soft\">Below each difference its \(percent) % confidence interval, "
        text += "below each p the one after Holm’s correction.</p>\n"
        text += "<h3>Query by query</h3>\n<div class=\"plots\">\n"
        for pair in pairs where pair.measure == measures[0] {
            text += HTML.figure(
                DifferencePlot.element(differences(pair), measure: pair.measure),
                caption: "\(pair.system) minus \(pair.baseline): better on \(pair.wins) queries, equal on "
                    + "\(pair.ties), worse on \(pair.losses)")
        }
        return text + "</div>\n"
    }

    private var movedSection: String {
        let moved = pairs.filter { $0.measure == measures[0] && !$0.moved.isEmpty }
        guard !moved.isEmpty else { return "" }
        var text = "<h2>Queries that moved most by \(HTML.escaped(measures[0].description))</h2>\n"
        for pair in moved {
            text += "<h3>\(HTML.escaped(pair.system)) against \(HTML.escaped(pair.baseline))</h3>\n"
            text += HTML.table(
                ["Query", "Text", pair.baseline, pair.system, "Difference"],
                pair.moved.map { query in
                    [
                        HTML.escaped(query.query), HTML.escaped(query.text ?? ""), FigureFormat.value(query.first),
                        FigureFormat.value(query.second),
                        "<span class=\"\(query.difference >= 0 ? "gained" : "lost")\">"
                            + "\(FigureFormat.difference(query.difference))</span>",
                    ]
                }, leading: 2)
        }
        return text
    }

    private var latencySection: String {
        guard systems.contains(where: { $0.latencies != nil }) else { return "" }
        let rows = systems.flatMap { system in
            (system.latencies?.summaries ?? []).map { summary in
                [HTML.escaped(system.name), HTML.escaped(summary.stage)]
                    + [summary.mean, summary.p50, summary.p95, summary.p99].map(FigureFormat.milliseconds)
            }
        }
        return "<h2>Latency</h2>\n"
            + HTML.table(["System", "Stage", "Mean ms", "p50", "p95", "p99"], rows, leading: 2)
            + "<p></p>\n\(legend)<div class=\"plots\">\n"
            + HTML.figure(
                LinePlot.latency(self), caption: "Share of queries answered within a time; dots at p50, p95 and p99")
            + HTML.figure(
                ParetoPlot.element(self),
                caption: "\(measures[0]) against median latency; the line joins the systems that no other beats in both"
            )
            + "</div>\n"
    }

    private var provenanceSection: String {
        let known = systems.filter { $0.provenance != nil || $0.runPath != nil }
        guard !known.isEmpty else { return "" }
        var text = "<h2>Provenance</h2>\n<div class=\"plots\">\n"
        for system in known {
            let lines = (system.runPath.map { [(name: "run", value: $0)] } ?? []) + (system.provenance?.lines ?? [])
            text += "<section><h3>\(HTML.escaped(system.name))</h3>\n<dl>"
            text += lines.map { "<dt>\(HTML.escaped($0.name))</dt><dd>\(HTML.escaped($0.value))</dd>" }.joined()
            text += "</dl></section>\n"
        }
        return text + "</div>\n"
    }

    private var methodSection: String {
        var text = "<h2>Method</h2>\n<p class=\"soft\">Measures as ir_measures and trec_eval compute them; a judged "
        text += "query without results counts 0. Confidence intervals of means: percentile bootstrap over queries. "
        if let permutations = pairs.first(where: { !$0.randomisation.isExact })?.randomisation.permutations {
            text += "Randomisation tests: \(permutations) permutations, two-sided. "
        }
        text += "Holm’s correction is over the comparisons of one measure.</p>\n"
        if !warnings.isEmpty {
            text += "<h3>Notes on the files</h3>\n<ul class=\"soft\">"
            text += warnings.map { "<li>\(HTML.escaped($0.description))</li>" }.joined() + "</ul>\n"
        }
        return text
    }

    private static func probability(_ value: Double, corrected: Double) -> String {
        HTML.escaped(FigureFormat.probability(value))
            + "<small>\(HTML.escaped(FigureFormat.probability(corrected)))</small>"
    }

    private var percent: Int { Int((confidence * 100).rounded()) }

    private var legend: String {
        let entries = systems.enumerated().map { index, system in
            "<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path d=\"M0 5L28 5\" "
                + "class=\"\(PlotFrame.lineStyle(index))\"/></svg>\(HTML.escaped(system.name))</li>"
        }
        return "<ul class=\"legend\">\(entries.joined())</ul>\n"
    }

    private func differences(_ pair: Pair) -> [Double] {
        let name = pair.measure.description
        let first = systems.first { CodePoints($0.name) == CodePoints(pair.baseline) }?.values[name] ?? []
        let second = systems.first { CodePoints($0.name) == CodePoints(pair.system) }?.values[name] ?? []
        return zip(first, second).map { $1 - $0 }
    }
}
