import ArgumentParser
import BERT
import Foundation
import LinearAlgebra
import Ranking
import TextFiles

/// `passerine models …`: what a model folder is, and what its tokenizer and encoder make of texts.
struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Look at models, and prepare them.",
        subcommands: [Inspect.self, Quantize.self, Tokenize.self, Encode.self])

    /// Says what a folder is, which stages it can serve, and what is missing.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a model folder is, which stages it can serve, and what is missing.")

        @OptionGroup var shared: SharedOptions
        @Argument(help: ArgumentHelp("Model folder.", valueName: "dir")) var folder: String
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            _ = try shared.configuration()
            let inspection = ModelInspection(folder: ModelLocation.find(folder)) { _ = try RankingModel(folder: $0) }
            if json { try JSONOutput.write(inspection) } else { print(inspection) }
            if !inspection.problems.isEmpty { throw ExitCode(1) }
        }
    }

    /// Packs a model's layers in codes ahead of time.
    struct Quantize: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Quantise a model's layers ahead of time, so that it starts faster.",
            discussion: """
                Leaves packed.int8.safetensors (or packed.int4.safetensors) beside the weights; wherever the model is \
                used in that precision, its layers are read from there. Results are the same to the bit.
                """)

        @OptionGroup var shared: SharedOptions
        @Argument(help: ArgumentHelp("Model folder.", valueName: "dir")) var folder: String
        @Option(help: "int8 or int4.") var precision = Precision.int8

        func validate() throws {
            guard precision.hasCodes else { throw ValidationError("--precision: int8 or int4 should stand here") }
        }

        func run() throws {
            _ = try shared.configuration()
            let folder = URL(fileURLWithPath: ModelLocation.find(folder))
            let model = try RankingModel(folder: folder.path, precision: precision, usesPacked: false)
            guard let name = PackedLayers.fileName(precision) else { return }
            let file = folder.appendingPathComponent(name)
            let data = try model.encoder.packed(fingerprint: model.fingerprint)
            try data.write(to: file, options: .atomic)
            print("\(file.path): \(data.count) bytes, \(precision.rawValue) of the model \(model.fingerprint)")
        }
    }

    /// Prints the piece ids of each line of standard input.
    struct Tokenize: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the piece ids of each line of standard input.")

        @OptionGroup var shared: SharedOptions
        @Argument(help: ArgumentHelp("Model folder.", valueName: "dir")) var folder: String
        @Flag(help: "Take special pieces in the text, such as [SEP], for themselves, as Hugging Face does.")
        var specialPieces = false

        func run() throws {
            _ = try shared.configuration()
            let folder = URL(fileURLWithPath: ModelLocation.find(folder))
            let tokenizer =
                try specialPieces
                ? TokenizerFile.tokenizer(folder: folder) : TokenizerFile.tokenizerOfText(folder: folder, markers: [])
            let lines = try LineReader(path: "-")
            var output = ""
            while let line = try lines.next() {
                output += tokenizer.encode(try line.text()).map(String.init).joined(separator: " ") + "\n"
                if output.utf8.count > 1 << 20 {
                    print(output, terminator: "")
                    output = ""
                }
            }
            print(output, terminator: "")
        }
    }

    /// Encodes each line of standard input and writes the hidden states to a safetensors file.
    struct Encode: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encode each line of standard input; write states, offsets and pieces to a safetensors file.")

        @OptionGroup var shared: SharedOptions
        @Argument(help: ArgumentHelp("Model folder.", valueName: "dir")) var folder: String
        @Option(help: ArgumentHelp("File to write.", valueName: "file")) var output: String

        func run() throws {
            _ = try shared.configuration()
            let model = try RankingModel(folder: ModelLocation.find(folder))
            let lines = try LineReader(path: "-")
            let vocabulary = model.tokenizer.vocabulary
            let capacity = max(1, model.configuration.maxPositions - 2)
            var sequences: [TokenSequence] = []
            while let line = try lines.next() {
                let pieces = model.tokenizer.encode(try line.text(), limit: capacity).prefix(capacity)
                sequences.append(TokenSequence([vocabulary.cls] + pieces + [vocabulary.sep]))
            }
            let states = try model.encoder.encode(sequences)
            var offsets: [Int64] = [0]
            for sequence in sequences { offsets.append((offsets.last ?? 0) + Int64(sequence.count)) }
            var file = SafetensorsWriter()
            file.add("states", type: "F32", shape: [states.rows, states.columns], states.elements)
            file.add("offsets", type: "I64", shape: [offsets.count], offsets)
            file.add("pieces", type: "I32", shape: [states.rows], sequences.flatMap(\.pieces))
            try file.data().write(to: URL(fileURLWithPath: output))
        }
    }
}
