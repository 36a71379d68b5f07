import Foundation

/// The rank discount of Järvelin and Kekäläinen's DCG (2002), as trec_eval takes it.
enum Discount {
    private static let table: [Double] = (0...1000).map { Foundation.log2(Double($0 + 1)) }

    /// log2(rank + 1), ranks from 1.
    static func log2(rank: Int) -> Double {
        rank < table.count ? table[rank] : Foundation.log2(Double(rank + 1))
    }
}
