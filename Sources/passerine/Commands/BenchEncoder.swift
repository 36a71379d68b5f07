import ArgumentParser
import BERT
import Corpus
import Foundation
import LinearAlgebra
import Ranking

extension BenchCommand {
    /// Times the encoder on real passages, and says what its start costs.
    struct Encoder: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "encoder", abstract: "Time the encoder.")

        @Option(help: "Model folder.") var models = ModelLocation.standard
        @Option(help: "fp32, bf16, int8 or int4.") var precision = Precision.fp32
        @Option(help: "File of passages, id<TAB>text.") var passages: String
        @Option(help: "Passages to encode in one go.") var count = 2000
        @Option(help: "Pieces of a passage at most.") var length = 180
        @Option(help: "Queries to time, of 32 pieces each.") var queries = 200
        @Option(help: "Batches of 100 pairs to time.") var batches = 10
        @Option(help: "Threads.") var threads = 2
        @Option(help: "Rounds over the passages; the fastest counts.") var rounds = 1
        @Option(help: "Write the first 32 passages' states to this file, as little-endian floats.") var output: String?

        func run() throws {
            let clock = ContinuousClock()
            let begin = clock.now
            let model = try RankingModel(
                folder: ModelLocation.find(models), precision: precision, team: WorkerTeam(size: threads))
            let (cls, sep) = (model.tokenizer.vocabulary.cls, model.tokenizer.vocabulary.sep)
            _ = try model.encoder.encode([TokenSequence([cls, sep])])
            let cold = Self.milliseconds(clock.now - begin)
            let texts = try Self.texts(passages, count)
            let pieces = texts.map { model.tokenizer.encode($0, limit: length - 2) }
            let sequences = pieces.map { TokenSequence([cls] + $0.prefix(length - 2) + [sep]) }
            let sorted = sequences.sorted { $0.count > $1.count }
            var fastest = Double.infinity
            for _ in 0..<rounds {
                let time = try clock.measure {
                    for first in stride(from: 0, to: sorted.count, by: 512) {
                        _ = try model.encoder.encode(Array(sorted[first..<min(sorted.count, first + 512)]))
                    }
                }
                fastest = min(fastest, Self.milliseconds(time) / 1000)
            }
            let long = pieces.filter { $0.count >= 30 }
            let queryTimes = try long.prefix(queries).map { pieces in
                let query = TokenSequence([cls] + pieces.prefix(30) + [sep])
                return Self.milliseconds(try clock.measure { _ = try model.encoder.encode([query]) })
            }
            let pairTimes = try (0..<batches).map { batch in
                let query = pieces[batch % pieces.count].prefix(8)
                let pairs = (0..<100).map { number in
                    let passage = pieces[(batch * 100 + number) % pieces.count]
                    return TokenSequence(first: query, second: passage.prefix(length - 11), cls: cls, sep: sep)
                }
                return Self.milliseconds(try clock.measure { _ = try model.encoder.encode(pairs) })
            }
            if let output { try write(model.encoder.encode(Array(sequences.prefix(32))), to: output) }
            let tokens = sequences.reduce(0) { $0 + $1.count }
            let fields: [String: JSONValue] = [
                "precision": .string(precision.rawValue), "instructions": .string(InstructionSet.description),
                "threads": .integer(Int64(threads)), "cold_start_ms": .number(cold),
                "passages_per_second": .number(Double(sequences.count) / fastest),
                "tokens_per_second": .number(Double(tokens) / fastest),
                "query_ms": Self.percentiles(queryTimes), "pairs_ms": Self.percentiles(pairTimes),
                "peak_bytes": .integer(Int64(Self.peakBytes)),
                "product_operations_per_second": .number(productRate(model.configuration)),
            ]
            print(JSONValue.object(fields).serialised())
        }

        /// Operations a second, multiplications and additions, of one thread inside the products of a layer: the best of
        /// several runs, for 128 rows.
        private func productRate(_ configuration: EncoderConfiguration) -> Double {
            let (rows, hidden, inner) = (128, configuration.hiddenSize, configuration.intermediateSize)
            var operations = 0.0
            var seconds = 0.0
            for (outputs, inputs) in [(3 * hidden, hidden), (hidden, hidden), (inner, hidden), (hidden, inner)] {
                func wave(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 255 - 127) / 127 } }
                let layer = DenseLayer(
                    weight: Matrix(rows: outputs, columns: inputs, wave(outputs * inputs)), bias: nil,
                    precision: precision)
                let x = Matrix(rows: rows, columns: inputs, wave(rows * inputs))
                let y = Matrix(rows: rows, columns: outputs)
                let prepared = PreparedRows(rows: rows, inputs: inputs)
                layer.prepare(x.pointer, rows: 0..<rows, stride: inputs, into: prepared)
                let clock = ContinuousClock()
                let best = (0..<100).map { _ in
                    clock.measure { layer.multiply(x.pointer, prepared: prepared, rows: 0..<rows, into: y.pointer) }
                }.min()
                operations += 2 * Double(rows * outputs * inputs)
                seconds += Self.milliseconds(best ?? .zero) / 1000
            }
            return operations / seconds
        }

        private static func texts(_ path: String, _ count: Int) throws -> [String] {
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").prefix(count)
            return lines.compactMap { $0.split(separator: "\t", maxSplits: 1).last.map(String.init) }
        }

        private static func milliseconds(_ time: Duration) -> Double {
            Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) / 1e15
        }

        private static func percentiles(_ times: [Double]) -> JSONValue {
            let sorted = times.sorted()
            func at(_ part: Double) -> JSONValue {
                sorted.isEmpty ? .null : .number(sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))])
            }
            return .object(["p50": at(0.5), "p99": at(0.99)])
        }

        private static var peakBytes: Int {
            let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }

        private func write(_ states: Matrix, to path: String) throws {
            let data = Data(bytes: states.pointer, count: states.count * MemoryLayout<Float>.stride)
            try data.write(to: URL(fileURLWithPath: path))
        }
    }
}

extension Precision: ExpressibleByArgument {}
