/// Rows and columns of a matrix under test.
struct Shape: CustomStringConvertible, Sendable {
    let rows: Int
    let columns: Int

    var count: Int { rows * columns }
    var description: String { "[\(rows), \(columns)]" }

    /// Below, at and above the width of a vector register, and the sizes that models have.
    static let all: [Shape] = [
        Shape(rows: 0, columns: 5), Shape(rows: 3, columns: 0), Shape(rows: 1, columns: 1), Shape(rows: 4, columns: 2),
        Shape(rows: 3, columns: 7), Shape(rows: 2, columns: 8), Shape(rows: 5, columns: 9), Shape(rows: 2, columns: 15),
        Shape(rows: 3, columns: 16), Shape(rows: 3, columns: 17), Shape(rows: 4, columns: 31),
        Shape(rows: 2, columns: 33), Shape(rows: 7, columns: 384), Shape(rows: 1, columns: 1537),
    ]
}

/// Largest difference of two arrays of one length; infinite where just one of a pair is not a number.
func largestDifference(_ a: [Float], _ b: [Double]) -> Double {
    precondition(a.count == b.count)
    return zip(a, b).reduce(0) { worst, pair in
        let x = Double(pair.0)
        if x.isNaN || pair.1.isNaN { return x.isNaN && pair.1.isNaN ? worst : .infinity }
        return x == pair.1 ? worst : max(worst, abs(x - pair.1))
    }
}

func largestDifference(_ a: [Float], _ b: [Float]) -> Double { largestDifference(a, b.map(Double.init)) }
