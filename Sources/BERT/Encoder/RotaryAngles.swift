import Foundation
import LinearAlgebra

/// Cosines and sines by which queries and keys are turned according to their position (Su et al. 2021,
/// arXiv:2104.09864), each `[positions, head size / 2]`.
struct RotaryAngles: Sendable {
    private let cosines: Matrix
    private let sines: Matrix

    /// - Parameter theta: pair `i` of `n` turns by `theta^(-i/n)` a position.
    init(theta: Double, positions: Int, headSize: Int) {
        let half = headSize / 2
        cosines = Matrix(rows: positions, columns: half)
        sines = Matrix(rows: positions, columns: half)
        for pair in 0..<half {
            // In floats, as the models were trained.
            let frequency = 1 / Float(pow(theta, Double(2 * pair) / Double(headSize)))
            for position in 0..<positions {
                let angle = Double(Float(position) * frequency)
                cosines.pointer[position * half + pair] = Float(cos(angle))
                sines.pointer[position * half + pair] = Float(sin(angle))
            }
        }
    }

    /// Turns one head's `count` rows, which stand `stride` floats apart, from position 0 on: element `i` is a pair with
    /// `i + head size / 2`.
    func turn(_ rows: UnsafeMutablePointer<Float>, count: Int, stride: Int) {
        let half = cosines.columns
        for position in 0..<count {
            let first = rows + position * stride
            let second = first + half
            let cosine = cosines.pointer + position * half
            let sine = sines.pointer + position * half
            for pair in 0..<half {
                let (a, b) = (first[pair], second[pair])
                first[pair] = a * cosine[pair] - b * sine[pair]
                second[pair] = b * cosine[pair] + a * sine[pair]
            }
        }
    }
}
