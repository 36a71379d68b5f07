import Foundation

extension Measure {
    /// The measure's value for one query.
    func score(_ ranking: JudgedRanking) -> Double {
        var ranking = ranking
        if judgedOnly { ranking.grades.removeAll { $0 < 0 } }
        let threshold = relevanceThreshold ?? 1
        let depth = min(cutoff ?? .max, ranking.grades.count)
        let top = ranking.grades[..<depth]
        switch kind {
        case .nDCG: return normalisedGain(top, ranking.pool)
        case .ap: return averagePrecision(top, threshold, ranking.pool)
        case .rr, .officialMRR:
            return top.firstIndex { $0 >= threshold }.map { 1 / Double($0 + 1) } ?? 0
        case .precision: return Double(top.count { $0 >= threshold }) / Double(cutoff ?? depth)
        case .recall:
            let relevant = ranking.pool.relevant(atLeast: threshold)
            return relevant == 0 ? 0 : Double(top.count { $0 >= threshold }) / Double(relevant)
        case .success: return top.contains { $0 >= threshold } ? 1 : 0
        case .rPrecision:
            let relevant = ranking.pool.relevant(atLeast: threshold)
            return relevant == 0 ? 0 : Double(top.prefix(relevant).count { $0 >= threshold }) / Double(relevant)
        case .bpref: return binaryPreference(top, threshold, ranking.pool)
        case .judged: return depth == 0 ? 0 : Double(top.count { $0 != JudgedRanking.unjudged }) / Double(depth)
        case .rbp: return rankBiasedPrecision(top, ranking.highestGrade)
        }
    }

    private func normalisedGain(_ top: ArraySlice<Int>, _ pool: JudgementPool) -> Double {
        var gain = 0.0
        for (index, grade) in top.enumerated() where grade > 0 {
            gain += Double(grade) / Discount.log2(rank: index + 1)
        }
        let ideal = gain > 0 ? pool.idealGain(cutoff: cutoff ?? .max) : 0
        return ideal > 0 ? gain / ideal : 0
    }

    private func averagePrecision(_ top: ArraySlice<Int>, _ threshold: Int, _ pool: JudgementPool) -> Double {
        var found = 0.0
        var sum = 0.0
        for (index, grade) in top.enumerated() where grade >= threshold {
            found += 1
            sum += found / Double(index + 1)
        }
        return found == 0 ? 0 : sum / Double(pool.relevant(atLeast: threshold))
    }

    /// trec_eval's form: the preferences of a relevant passage are over the first R passages judged not relevant.
    private func binaryPreference(_ top: ArraySlice<Int>, _ threshold: Int, _ pool: JudgementPool) -> Double {
        let relevant = pool.relevant(atLeast: threshold)
        guard relevant > 0 else { return 0 }
        let bound = Double(min(pool.notRelevant(below: threshold), relevant))
        var notRelevant = 0
        var sum = 0.0
        for grade in top where grade >= 0 {
            if grade < threshold {
                notRelevant += 1
            } else {
                sum += notRelevant == 0 ? 1 : 1 - Double(min(notRelevant, relevant)) / bound
            }
        }
        return sum / Double(relevant)
    }

    private func rankBiasedPrecision(_ top: ArraySlice<Int>, _ highestGrade: Int) -> Double {
        var sum = 0.0
        var weight = 1 - persistence
        for grade in top {
            if let relevanceThreshold {
                if grade >= relevanceThreshold { sum += weight }
            } else if grade > 0 {
                sum += weight * Double(grade) / Double(highestGrade)
            }
            weight *= persistence
        }
        return sum
    }
}
