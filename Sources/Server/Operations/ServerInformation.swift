import Corpus
import Foundation
import JSON
import LinearAlgebra

/// What runs where: the part of `/v1/info` that stays as it is while the server runs.
public struct ServerInformation: Sendable {
    public let version: String
    /// Limits by their settings' names.
    public var limits: [String: Int]

    public init(version: String, limits: [String: Int] = [:]) {
        self.version = version
        self.limits = limits
    }

    /// Vector instructions that Passerine, OpenBLAS or both can use.
    private static let instructions = [
        "sse4_2", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "avx_vnni",
        "amx_tile", "amx_int8", "amx_bf16", "asimd", "sve",
    ]

    /// The processor's name and those of its vector instructions, as Linux says them.
    public static let processor: (name: String, features: [String]) = {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        func field(_ names: Set<String>) -> String? {
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2, names.contains(parts[0]) { return parts[1] }
            }
            return nil
        }
        let flags = Set((field(["flags", "Features"]) ?? "").split(separator: " ").map(String.init))
        return (field(["model name"]) ?? "unknown", instructions.filter(flags.contains))
    }()

    /// What to say where the environment makes OpenBLAS use lesser kernels than the processor can run.
    public static func blasWarning(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        features: [String] = ServerInformation.processor.features, kernels: String = BLAS.kernels
    ) -> String? {
        guard let forced = environment["OPENBLAS_CORETYPE"], !forced.isEmpty else { return nil }
        let wide: Set = ["skylakex", "cooperlake", "sapphirerapids"]
        let narrow: Set = ["haswell", "zen"]
        let best = features.contains("avx512f") && features.contains("avx512bw") ? wide : wide.union(narrow)
        guard features.contains("avx2"), !best.contains(kernels.lowercased()) else { return nil }
        let (has, half) = best == wide ? ("AVX-512", ", about half as fast") : ("AVX2", "")
        return
            "OPENBLAS_CORETYPE=\(forced) makes OpenBLAS use its \(kernels) kernels\(half), although this processor has "
            + "\(has); unset it"
    }

    var json: [CodePoints: JSONValue] {
        var blas: [CodePoints: JSONValue] = ["version": .string(BLAS.version), "kernels": .string(BLAS.kernels)]
        if let warning = Self.blasWarning() { blas["warning"] = .string(warning) }
        return [
            "version": .string(version),
            "processor": [
                "name": .string(Self.processor.name),
                "cores": .integer(Int64(ProcessInfo.processInfo.activeProcessorCount)),
                "features": .array(Self.processor.features.map { .string($0) }),
            ],
            "kernels": .string(InstructionSet.description),
            "blas": .object(blas),
            "limits": JSONValue(members: limits.map { ($0, .integer(Int64($1))) }),
        ]
    }
}
