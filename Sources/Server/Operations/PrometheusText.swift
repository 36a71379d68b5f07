/// How names, labels and numbers are written in Prometheus' text format.
enum PrometheusText {
    /// Letters, digits, `_` and `:`, no digit first; other bytes become `_`.
    static func name(_ text: String) -> String {
        let bytes = text.utf8.map { isWord($0) || $0 == 0x3A ? $0 : 0x5F }
        let name = String(decoding: bytes, as: UTF8.self)
        return bytes.first.map { $0 &- 0x30 < 10 } ?? true ? "_" + name : name
    }

    /// `{a="b",c="d"}`, sorted by name; empty without labels.
    static func labels(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        let parts = dimensions.sorted { $0.0 < $1.0 }.map { label, value in
            "\(name(label).replacing(":", with: "_"))=\"\(escape(value, quotes: true))\""
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    /// The text behind `# HELP`.
    static func help(_ text: String) -> String { escape(text) }

    /// One sample's line.
    static func write(_ name: String, _ labels: String, _ value: String, to text: inout [UInt8]) {
        text += name.utf8
        text += labels.utf8
        text.append(0x20)
        text += value.utf8
        text.append(0x0A)
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    /// `{…}` with one label more.
    static func adding(_ label: String, _ value: String, to labels: String) -> String {
        let added = "\(label)=\"\(value)\"}"
        return labels.isEmpty ? "{" + added : labels.dropLast() + "," + added
    }

    /// Scalar by scalar: a quotation mark with a combining mark behind it ends a label all the same.
    private static func escape(_ text: String, quotes: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += " "
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte &- 0x41 < 26 || byte &- 0x61 < 26 || byte == 0x5F
    }
}
