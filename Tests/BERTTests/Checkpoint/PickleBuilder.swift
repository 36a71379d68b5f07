/// The instructions of Python pickles, as bytes.
enum PickleBuilder {
    static let protocol2: [UInt8] = [0x80, 2]
    static let mark: [UInt8] = Array("(".utf8)
    static let stop: [UInt8] = Array(".".utf8)
    static let emptyTuple: [UInt8] = Array(")".utf8)
    static let emptyDictionary: [UInt8] = Array("}".utf8)
    static let tuple: [UInt8] = Array("t".utf8)
    static let reduce: [UInt8] = Array("R".utf8)
    static let build: [UInt8] = Array("b".utf8)
    static let setItem: [UInt8] = Array("s".utf8)
    static let persistentID: [UInt8] = Array("Q".utf8)
    static let orderedDictionary = global("collections", "OrderedDict") + emptyTuple + reduce

    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

    static func string(_ text: String) -> [UInt8] {
        Array("X".utf8) + SafetensorsBuilder.littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
    }

    static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + SafetensorsBuilder.littleEndian(value) }

    static func integers(_ values: [Int]) -> [UInt8] { mark + values.flatMap(integer) + tuple }

    static func storage(_ name: String = "FloatStorage", key: String = "0", count: Int) -> [UInt8] {
        mark + string("storage") + global("torch", name) + string(key) + string("cpu") + integer(count) + tuple
            + persistentID
    }

    static func tensor(_ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor_v2") + mark + storage + integer(offset) + integers(shape)
            + integers(strides) + [0x89] + orderedDictionary + tuple + reduce
    }

    /// A whole pickle: a dictionary with one member.
    static func dictionary(_ name: String, _ value: [UInt8]) -> [UInt8] {
        protocol2 + emptyDictionary + string(name) + value + setItem + stop
    }
}
