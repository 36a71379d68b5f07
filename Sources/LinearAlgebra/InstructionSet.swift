import CKernels
import Foundation

/// What the kernels that have several forms use of this processor.
public enum InstructionSet {
    /// Name of the environment variable that lowers the level, to see what a lesser processor would do.
    public static let variable = "PASSERINE_INSTRUCTION_SET"

    /// Names that `variable` takes, from the least level to the best.
    public static let names = ["portable", "avx2", "avx2-vnni", "avx512", "avx512-vnni", "avx512-bf16"]

    /// The level in use, an argument of those kernels: the best that the processor has, or a lower one that the
    /// environment asks for.
    public static let level: Int32 = {
        let asked = ProcessInfo.processInfo.environment[variable].flatMap { names.firstIndex(of: $0) }
        return min(asked.map(Int32.init) ?? .max, pk_best_level())
    }()

    /// The level in words, such as "AVX-512 and VNNI".
    public static var description: String { String(cString: pk_level_name(level)) }

    /// Whether products of bytes are faster than products of floats here.
    public static var hasByteProducts: Bool {
        let vnni: [Int32] = [
            Int32(PK_LEVEL_AVX2_VNNI), Int32(PK_LEVEL_AVX512_VNNI),
            Int32(PK_LEVEL_AVX512_BF16),
        ]
        return vnni.contains(level)
    }
}
