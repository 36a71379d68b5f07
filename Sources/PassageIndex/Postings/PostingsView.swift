import CKernels
import Foundation
import LinearAlgebra
import Ranking

/// All postings of one commit: those of a file, less the passages removed since, and those of passages added since.
struct PostingsView: Sendable {
    /// The commit whose state this is.
    let generation: Int
    let file: PostingsFile
    let removed: RemovedPassages
    let added: AddedPassages

    /// The best passages, best first. Throws `IndexError` where the file is damaged, and `Cancellation.Cancelled`.
    func candidates(
        _ terms: [QueryTerm], limit: Int, bm25: BM25, within allowed: PassageSet?,
        _ collection: LexicalIndex.Collection, scratch: ScratchPool, cancellation: Cancellation
    ) throws -> [ScoredPassage] {
        let lists = try terms.map { try file.list($0.bytes) }
        let fresh = terms.map { added.postings($0.bytes) }
        let frequencies = try zip(lists, fresh).map { list, postings in
            try cancellation.check()
            return try frequency(list) + postings.count
        }
        let scorer = TermScorer(terms, frequencies: frequencies, bm25: bm25, collection)
        let found = try search(lists, scorer, limit: limit, within: allowed, scratch: scratch, cancellation)
        let scored = score(fresh, scorer, within: allowed)
        return scored.isEmpty ? found : Array((found + scored).sorted { $0.precedes($1) }.prefix(limit))
    }

    /// How often each term occurs in a passage, and in how many passages it does.
    func statistics(_ terms: [QueryTerm], passage: Int) throws -> [(count: Int, passages: Int)] {
        try terms.map { term in
            let list = try file.list(term.bytes)
            let postings = added.postings(term.bytes)
            var count = postings.first { Int($0.number) == passage }.map { Int($0.count) } ?? 0
            if let list, (0..<file.format.numbers).contains(passage) {
                count = Int(try frequencies(list, of: [UInt32(passage)])[0])
            }
            return (count, try frequency(list) + postings.count)
        }
    }

    /// Live passages of the file that a list names.
    private func frequency(_ list: pk_postings?) throws -> Int {
        guard let list else { return 0 }
        guard !removed.numbers.isEmpty else { return Int(list.count) }
        return Int(list.count) - (try frequencies(list, of: removed.numbers).count { $0 > 0 })
    }

    private func frequencies(_ list: pk_postings, of numbers: [UInt32]) throws -> [UInt32] {
        var (list, found) = (list, [UInt32](repeating: 0, count: numbers.count))
        guard pk_postings_frequencies(&list, numbers, numbers.count, &found) == PK_OK else { throw damaged }
        return found
    }

    private func search(
        _ lists: [pk_postings?], _ scorer: TermScorer, limit: Int, within allowed: PassageSet?, scratch: ScratchPool,
        _ cancellation: Cancellation
    ) throws -> [ScoredPassage] {
        let lists = zip(lists, scorer.weights).compactMap { list, weight -> pk_postings? in
            guard var list, weight > 0 else { return nil }
            list.weight = weight
            return list
        }
        let limit = min(limit, file.format.numbers)
        guard !lists.isEmpty, limit > 0 else { return [] }
        let masked = allowed.map { removed.bits(outside: $0, of: file.format.numbers) } ?? removed.bits
        return try masked.withUnsafeBufferPointer { bits in
            var parameters = scorer.parameters(file, removed: bits.isEmpty ? nil : bits.baseAddress)
            return try scratch.withMemory(bytes: pk_postings_scratch_bytes(lists.count, limit)) { memory in
                var (numbers, scores) = ([UInt32](repeating: 0, count: limit), [Double](repeating: 0, count: limit))
                var found = 0
                let status = withUnsafePointer(to: cancellation) { cancellation in
                    parameters.cancellation = UnsafeRawPointer(cancellation)
                    parameters.is_cancelled = { cancellation in
                        cancellation?.assumingMemoryBound(to: Cancellation.self).pointee.isCancelled ?? false ? 1 : 0
                    }
                    return pk_postings_search(
                        lists, lists.count, &parameters, scorer.step, limit, memory, &numbers, &scores, &found)
                }
                if status == PK_CANCELLED { throw Cancellation.Cancelled() }
                guard status == PK_OK else { throw damaged }
                return (0..<found).map { ScoredPassage(number: Int(numbers[$0]), score: scores[$0]) }
            }
        }
    }

    /// Scores the passages added since, all that match.
    private func score(
        _ postings: [[AddedPassages.Posting]], _ scorer: TermScorer, within allowed: PassageSet?
    ) -> [ScoredPassage] {
        var scores: [UInt32: UInt32] = [:]
        for (term, postings) in postings.enumerated() {
            for posting in postings where allowed?.contains(Int(posting.number)) ?? true {
                let length = added.length(posting.number)
                scores[posting.number, default: 0] += scorer.gain(term, count: Int(posting.count), length: length)
            }
        }
        return scores.map { ScoredPassage(number: Int($0.key), score: scorer.score($0.value)) }
    }

    private var damaged: IndexError { IndexError(.damaged, file.path, "a list of postings is damaged") }
}
