/// An event loop's connections by slot, with a generation that tells a slot's users apart.
///
/// Epoll events, timers and workers' messages name connections by slot and generation, so that one which comes late, when
/// its connection has closed and the slot has another, finds nothing.
struct ConnectionTable {
    private var slots: [Connection?] = []
    private var free: [Int32] = []
    private var generation: UInt32 = 0
    private(set) var count = 0

    /// A slot and a generation for a connection that is about to be made.
    mutating func nextPlace() -> (slot: Int32, generation: UInt32) {
        // 31 bits, since the highest bit of an epoll mark tells listeners from connections.
        generation = (generation &+ 1) & 0x7fff_ffff
        if let slot = free.popLast() { return (slot, generation) }
        slots.append(nil)
        return (Int32(slots.count - 1), generation)
    }

    mutating func insert(_ connection: Connection) {
        slots[Int(connection.slot)] = connection
        count += 1
    }

    mutating func remove(_ connection: Connection) {
        guard slots[Int(connection.slot)] === connection else { return }
        slots[Int(connection.slot)] = nil
        free.append(connection.slot)
        count -= 1
    }

    func connection(slot: Int32, generation: UInt32) -> Connection? {
        let index = Int(slot)
        guard slots.indices.contains(index), let connection = slots[index], connection.generation == generation else {
            return nil
        }
        return connection
    }

    /// All that are open now.
    var all: [Connection] { slots.compactMap { $0 } }
}
