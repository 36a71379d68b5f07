/// The best so many of a stream of passages: a binary heap with the worst on top.
struct TopPassages {
    private let limit: Int
    private var heap: [ScoredPassage] = []

    init(limit: Int) {
        self.limit = limit
        heap.reserveCapacity(min(limit, 1 << 16))
    }

    mutating func insert(_ passage: ScoredPassage) {
        if heap.count < limit {
            heap.append(passage)
            rise(heap.count - 1)
        } else if let worst = heap.first, passage.precedes(worst) {
            heap[0] = passage
            sink(0)
        }
    }

    /// Best first.
    func sorted() -> [ScoredPassage] { heap.sorted { $0.precedes($1) } }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[parent].precedes(heap[child]) else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var worst = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[worst].precedes(heap[child])
            {
                worst = child
            }
            guard worst != parent else { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
