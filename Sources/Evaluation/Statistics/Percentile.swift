/// Percentiles of a sample.
public enum Percentile {
    /// The value at a share (0...1) of a sorted sample, interpolated linearly as numpy does; 0 for an empty one.
    public static func of(_ sorted: [Double], _ share: Double) -> Double {
        guard let last = sorted.last else { return 0 }
        let position = min(1, max(0, share)) * Double(sorted.count - 1)
        let index = Int(position)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + (position - Double(index)) * (sorted[index + 1] - sorted[index])
    }
}
