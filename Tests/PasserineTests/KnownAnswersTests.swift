import Corpus
import Foundation
import JSON
import Testing

/// Figures that others measured on public runs; needs the data beside the checkout.
@Suite struct KnownAnswersTests {
    private static let data = CommandLineRun.root + "/../shared/data/msmarco-dl19"
    private static let isThere = FileManager.default.fileExists(atPath: data)

    @Test(
        .enabled(if: isThere, "skipped: the folder ../shared/data is absent"),
        arguments: [
            ("bm25-top100", [0.5058, 0.2476, 0.7024, 0.4910]), ("bm25-top1000", [0.4973, 0.2903, 0.6822, 0.7450]),
            ("bm25rm3-top100", [0.5216, 0.2807, 0.6725, 0.5259]), ("ada2-top100", [0.7035, 0.4151, 0.8353, 0.6235]),
            ("tasb-top100", [0.7210, 0.4050, 0.8754, 0.6097]), ("spladepp-top100", [0.7308, 0.4464, 0.9186, 0.6390]),
            ("repllama-top100", [0.7384, 0.4704, 0.9079, 0.6579]),
        ])
    func publicRuns(run: String, expected: [Double]) throws {
        let names = ["nDCG@10", "AP(rel=2)", "RR(rel=2)@10", "R(rel=2)@1000"]
        let evaluated = try CommandLineRun([
            "evaluate", "--run", "\(Self.data)/\(run).run", "--qrels", "\(Self.data)/qrels.txt", "--json", "--measures",
            names.joined(separator: " "),
        ])
        let measures = try evaluated.json["measures"]
        for (name, value) in zip(names, expected) {
            #expect(abs((measures?[CodePoints(name)]?.numberValue ?? .nan) - value) < 0.00005001)
        }
    }
}
