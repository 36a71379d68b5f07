import Foundation

/// How figures are printed, the same in every table and plot. Independent of the locale.
enum FigureFormat {
    /// A measure's value: four decimals.
    static func value(_ value: Double) -> String { String(format: "%.4f", value) }

    /// A difference with its sign.
    static func difference(_ value: Double) -> String { String(format: "%+.4f", value) }

    /// A probability: "<0.0001" rather than a row of zeros.
    static func probability(_ value: Double) -> String { value < 0.0001 ? "<0.0001" : String(format: "%.4f", value) }

    /// Milliseconds: as many decimals as are worth reading.
    static func milliseconds(_ value: Double) -> String {
        String(format: value < 1 ? "%.3f" : value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
    }

    /// A plot's tick: no more decimals than it needs.
    static func tick(_ value: Double) -> String {
        let text = String(format: "%.6f", value)
        guard text.contains(".") else { return text }
        var trimmed = text
        while trimmed.hasSuffix("0") { trimmed.removeLast() }
        if trimmed.hasSuffix(".") { trimmed.removeLast() }
        return trimmed == "-0" ? "0" : trimmed
    }
}
