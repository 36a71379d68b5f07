import ArgumentParser
import BERT
import Corpus
import Foundation
import JSON
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
        @Flag(
            help: ArgumentHelp(
                "Time what standard input asks for, a line each, so that engines can take short turns.",
                discussion:
                    "passages PART PARTS, queries FIRST COUNT, pairs FIRST COUNT or products 0 1; a line of JSON answers."
            ))
        var turns = false

        /// Numbers of passages, queries and rounds that can be asked for.
        private static let most = 0...10_000_000

        func validate() throws {
            for (name, value, range) in [
                ("--count", count, Self.most), ("--length", length, 16...100_000), ("--queries", queries, Self.most),
                ("--batches", batches, Self.most), ("--threads", threads, 1...1024), ("--rounds", rounds, Self.most),
            ] where !range.contains(value) {
                throw ValidationError("\(name) is \(value) and must be from \(range.lowerBound) to \(range.upperBound)")
            }
        }

        func run() throws {
            let clock = ContinuousClock()
            let begin = clock.now
            let model = try RankingModel(
                folder: ModelLocation.find(models), precision: precision, team: WorkerTeam(size: threads))
            let (cls, sep) = (model.tokenizer.vocabulary.cls, model.tokenizer.vocabulary.sep)
            _ = try model.encoder.encode([TokenSequence([cls, sep])])
            let cold = (clock.now - begin).milliseconds
            let work = EncoderWork(model, texts: try Self.texts(passages, count), length: length)
            var fields: [CodePoints: JSONValue] = [
                "precision": .string(precision.rawValue), "instructions": .string(InstructionSet.description),
                "threads": .integer(Int64(threads)), "cold_start_ms": .number(cold),
            ]
            if turns {
                answer(fields)
                return try takeTurns(work, model.configuration)
            }
            let times = try (0..<rounds).map { _ in try work.passages(part: 0, of: 1).seconds }
            let fastest = times.min() ?? .infinity
            let queryTimes = try work.queries(first: 0, count: queries)
            let pairTimes = try work.pairs(first: 0, count: batches)
            if let output { try write(model.encoder.encode(Array(work.sequences.prefix(32))), to: output) }
            let tokens = work.sequences.reduce(0) { $0 + $1.count }
            fields["product_operations_per_second"] = .number(productRate(model.configuration))
            fields["passages_per_second"] = .number(Double(work.sequences.count) / fastest)
            fields["tokens_per_second"] = .number(Double(tokens) / fastest)
            fields["query_ms"] = Self.percentiles(queryTimes)
            fields["pairs_ms"] = Self.percentiles(pairTimes)
            answer(fields)
        }

        private func takeTurns(_ work: EncoderWork, _ configuration: EncoderConfiguration) throws {
            while let line = readLine() {
                let words = line.split(separator: " ")
                guard words.count == 3, let first = Int(words[1]), let second = Int(words[2]),
                    Self.most.contains(first), Self.most.contains(second), second > 0
                else { throw ValidationError("no such turn: \(line)") }
                switch words[0] {
                case "passages" where first < second:
                    let (count, seconds) = try work.passages(part: first, of: second)
                    answer(["passages": .integer(Int64(count)), "seconds": .number(seconds)])
                case "queries":
                    answer(["milliseconds": .array(try work.queries(first: first, count: second).map { .number($0) })])
                case "pairs":
                    answer(["milliseconds": .array(try work.pairs(first: first, count: second).map { .number($0) })])
                case "products": answer(["operations_per_second": .number(productRate(configuration))])
                default: throw ValidationError("no such turn: \(line)")
                }
            }
        }

        private func answer(_ fields: [CodePoints: JSONValue]) {
            var fields = fields
            fields["peak_bytes"] = .integer(Int64(Self.peakBytes))
            print(JSONValue.object(fields).serialised())
            fflush(nil)
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
                seconds += (best ?? .zero).milliseconds / 1000
            }
            return operations / seconds
        }

        private static func texts(_ path: String, _ count: Int) throws -> [String] {
            let lines = try String(contentsOfFile: path, encoding: .utf8).parts(between: "\n").prefix(count)
            return lines.compactMap { $0.parts(between: "\t", maxSplits: 1).last.map(String.init) }
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

/// What the encoder's benchmark times: passages, queries of 32 pieces, and batches of 100 pairs.
private struct EncoderWork {
    let model: RankingModel
    let length: Int
    /// The passages' pieces without the special ones.
    let pieces: [[Int32]]
    let sequences: [TokenSequence]
    /// Longest first.
    let sorted: [TokenSequence]
    let long: [[Int32]]

    private var cls: Int32 { model.tokenizer.vocabulary.cls }
    private var sep: Int32 { model.tokenizer.vocabulary.sep }

    init(_ model: RankingModel, texts: [String], length: Int) {
        self.model = model
        self.length = length
        let (cls, sep) = (model.tokenizer.vocabulary.cls, model.tokenizer.vocabulary.sep)
        pieces = texts.map { model.tokenizer.encode($0, limit: length - 2) }
        sequences = pieces.map { TokenSequence([cls] + $0.prefix(length - 2) + [sep]) }
        sorted = sequences.sorted { $0.count > $1.count }
        long = pieces.filter { $0.count >= 30 }
    }

    /// Encodes every `parts`-th passage in order of length.
    func passages(part: Int, of parts: Int) throws -> (count: Int, seconds: Double) {
        let mine = stride(from: part, to: sorted.count, by: parts).map { sorted[$0] }
        let time = try ContinuousClock().measure {
            for first in stride(from: 0, to: mine.count, by: 512) {
                _ = try model.encoder.encode(Array(mine[first..<min(mine.count, first + 512)]))
            }
        }
        return (mine.count, time.milliseconds / 1000)
    }

    /// Milliseconds of each query.
    func queries(first: Int, count: Int) throws -> [Double] {
        try long.dropFirst(first).prefix(count).map { pieces in
            let query = TokenSequence([cls] + pieces.prefix(30) + [sep])
            return try ContinuousClock().measure { _ = try model.encoder.encode([query]) }.milliseconds
        }
    }

    /// Milliseconds of each batch of 100 pairs of a short query and a passage.
    func pairs(first: Int, count: Int) throws -> [Double] {
        guard !pieces.isEmpty else { return [] }
        return try (first..<first + count).map { batch in
            let query = pieces[batch % pieces.count].prefix(8)
            let pairs = (0..<100).map { number in
                let passage = pieces[(batch * 100 + number) % pieces.count]
                return TokenSequence(first: query, second: passage.prefix(length - 11), cls: cls, sep: sep)
            }
            return try ContinuousClock().measure { _ = try model.encoder.encode(pairs) }.milliseconds
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
    }
}

extension Precision: ExpressibleByArgument {}
