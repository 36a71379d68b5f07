import COpenBLAS

/// Matrix products on OpenBLAS, which runs single-threaded here: the parallelism is `WorkerTeam`'s.
public enum BLAS {
    /// Sets OpenBLAS up once; every product goes through it.
    private static let ready: Void = openblas_set_num_threads(1)

    /// Name of the processor type whose kernels OpenBLAS runs, such as "SkylakeX" or "Zen".
    public static var kernels: String {
        _ = ready
        return String(cString: openblas_get_corename())
    }

    /// OpenBLAS's version and build options.
    public static var version: String { String(cString: openblas_get_config()) }

    /// A rectangle of floats somewhere in memory: `rows` rows of `columns`, `stride` floats from row to row.
    ///
    /// A view of a `Matrix` keeps it alive; one of a pointer is valid as long as the memory behind it.
    public struct View {
        public let pointer: UnsafeMutablePointer<Float>
        public let rows: Int
        public let columns: Int
        public let stride: Int
        private let owner: Matrix?

        public init(_ pointer: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
            self.pointer = pointer
            self.rows = rows
            self.columns = columns
            self.stride = stride ?? columns
            owner = nil
        }

        public init(_ matrix: Matrix) {
            pointer = matrix.pointer
            rows = matrix.rows
            columns = matrix.columns
            stride = matrix.columns
            owner = matrix
        }
    }

    /// `c = a · b`, or `a · bᵀ` with `transposed`: `[m, k] · [k, n]` or `[m, k] · [n, k]ᵀ` into `[m, n]`.
    public static func multiply(_ a: View, _ b: View, transposed: Bool = false, into c: View) {
        _ = ready
        let inner = transposed ? b.columns : b.rows
        let width = transposed ? b.rows : b.columns
        precondition(a.columns == inner && c.rows == a.rows && c.columns == width, "shapes of the product do not fit")
        guard c.rows > 0, c.columns > 0 else { return }
        withExtendedLifetime((a, b, c)) {
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans,
                numericCast(a.rows), numericCast(width), numericCast(inner), 1,
                a.pointer, numericCast(a.stride), b.pointer, numericCast(b.stride), 0,
                c.pointer, numericCast(c.stride))
        }
    }
}
