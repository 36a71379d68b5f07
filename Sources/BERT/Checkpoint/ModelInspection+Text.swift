extension ModelInspection: CustomStringConvertible {
    /// The inspection as lines for a terminal.
    public var description: String {
        var lines = [folder]
        func line(_ name: String, _ text: String) {
            lines.append("  " + name.padded(to: 16) + text)
        }
        if let configuration { describe(configuration, line) }
        for (type, count) in elements.sorted(by: { $0.key < $1.key }) { line(type, "\(count.grouped) elements") }
        if !elements.isEmpty { line("parameters", parameters.grouped) }
        for file in files {
            line("weights", "\(relative(file.path)): \(file.tensors) tensors, \(file.bytes.grouped) bytes")
        }
        if let fingerprint { line("fingerprint", fingerprint) }
        line("kernels", "\(kernels["products"] ?? ""); OpenBLAS: \(kernels["blas"] ?? "")")
        if !packed.isEmpty { line("packed", packed.joined(separator: ", ")) }
        for stage in stages {
            line(stage.name, stage.isAvailable ? "yes" : "no: needs " + stage.missing.joined(separator: ", "))
        }
        if let settings {
            lines.append("  settings")
            for (key, value) in settings.lines {
                let source = settings.sources[key]?.rawValue ?? ""
                lines.append("    " + key.padded(to: 32) + value.padded(to: 24) + " " + source)
            }
        }
        lines += problems.map { "  problem: " + $0 }
        return lines.joined(separator: "\n")
    }

    private func describe(_ configuration: EncoderConfiguration, _ line: (String, String) -> Void) {
        let classes = configuration.architectures.map { String($0.prefix(60)) }.joined(separator: ", ")
        line("architecture", configuration.architecture.rawValue + (classes.isEmpty ? "" : " (\(classes))"))
        line(
            "encoder",
            "\(configuration.layerCount) layers, \(configuration.hiddenSize) wide, "
                + "\(configuration.headCount) heads of \(configuration.headSize), "
                + "\(configuration.intermediateSize) between, \(configuration.activation.rawValue)")
        if configuration.embeddingSize != configuration.hiddenSize {
            line("embeddings", "\(configuration.embeddingSize) wide")
        }
        if let rotary = configuration.rotary {
            let global = rotary.isGlobal.count { $0 }
            line(
                "attention",
                "rotary; \(global) layers see the whole sequence, the others \(rotary.reach) pieces to either side")
        }
        line(
            "vocabulary",
            "\(configuration.vocabularySize.grouped) pieces, \(configuration.maxPositions) positions, "
                + "\(configuration.typeVocabularySize) segments")
    }

    private func relative(_ path: String) -> String {
        path.hasPrefix(folder) ? String(path.dropFirst(folder.count).drop { $0 == "/" }) : path
    }
}

extension ModelSettings {
    /// Every setting as text under its dotted key, in the order of `passerine.json`.
    fileprivate var lines: [(key: String, value: String)] {
        let skip =
            switch colbert.skipInPassages {
            case .none: "none"
            case .punctuation: "punctuation"
            case .pieces(let pieces): "\(pieces.count) pieces"
            }
        return [
            ("query_length", "\(queryLength)"),
            ("passage_length", "\(passageLength)"),
            ("cross_encoder_length", "\(crossEncoderLength)"),
            ("colbert.dimension", "\(colbert.dimension)"),
            ("colbert.usable_dimensions", colbert.usableDimensions.map(String.init).joined(separator: ", ")),
            ("colbert.query_marker", colbert.queryMarker.map(CheckpointError.quoted) ?? "none"),
            ("colbert.passage_marker", colbert.passageMarker.map(CheckpointError.quoted) ?? "none"),
            ("colbert.pad_queries_with_mask", "\(colbert.padQueriesWithMask)"),
            ("colbert.attends_to_mask", "\(colbert.attendsToMask)"),
            ("colbert.skip_in_passages", skip),
            ("tildev2.stop_words", "\(tildev2.stopWords.count) pieces"),
            ("tildev2.skip_non_alphanumeric", "\(tildev2.skipsNonAlphanumeric)"),
            ("tildev2.expansion_terms", "\(tildev2.expansionTerms)"),
        ]
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

extension Int {
    /// Decimal digits in groups of three: 22,713,216.
    fileprivate var grouped: String {
        let digits = String(self)
        var result = ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result
    }
}
