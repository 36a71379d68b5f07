/// A first-in first-out queue that grows by doubling; whoever owns it bounds it.
package struct RingBuffer<Element> {
    private var slots: [Element?] = Array(repeating: nil, count: 16)
    private var head = 0
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package var first: Element? { slots[head] }

    package mutating func append(_ element: Element) {
        if count == slots.count { grow() }
        slots[(head + count) & (slots.count - 1)] = element
        count += 1
    }

    package mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[head]
        slots[head] = nil
        head = (head + 1) & (slots.count - 1)
        count -= 1
        return element
    }

    /// Keeps the elements that satisfy a condition, in their order.
    package mutating func filter(_ isKept: (Element) -> Bool) {
        for _ in 0..<count {
            guard let element = popFirst() else { return }
            if isKept(element) { append(element) }
        }
    }

    private mutating func grow() {
        var larger: [Element?] = Array(repeating: nil, count: slots.count * 2)
        for index in 0..<count { larger[index] = slots[(head + index) & (slots.count - 1)] }
        slots = larger
        head = 0
    }
}
