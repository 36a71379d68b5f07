/// A reader of pickles (Python's `pickletools`, protocols 2 to 5) that lays out a dictionary of tensors and nothing
/// else.
///
/// Python's own machine imports what the pickle names and calls it with what the pickle passes, so that opening an
/// untrusted file runs whatever its author wished. Here a name is looked up in a closed list (`PickleGlobal`), a
/// "call" fills in a value of this program's own, and any other name or instruction ends the reading. Everything is
/// bounded: the pickle's length, its instructions, the nesting of values.
package struct TensorPickle {
    private static let maximumLength = 32 << 20
    private static let maximumInstructions = 2_000_000
    private static let maximumDepth = 16
    private static let maximumRank = 8

    private let path: String
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The offset of the current instruction, for messages.
    private var instruction = 0
    private var stack: [PickleValue] = []
    /// Heights of the stack at open marks.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]

    /// The tensors of the dictionary that a pickle holds; plain values beside them are left out.
    ///
    /// - Parameter path: the file's path, for messages.
    /// - Throws: `CheckpointError`.
    package static func tensors(of bytes: UnsafeRawBufferPointer, path: String) throws -> [String: PickledTensor] {
        guard bytes.count <= maximumLength else {
            throw CheckpointError(path, "data.pkl is \(bytes.count) bytes, more than the \(maximumLength) allowed")
        }
        var pickle = TensorPickle(path: path, bytes: bytes)
        guard case .dictionary(let dictionary) = try pickle.run() else {
            throw pickle.refusal("holds no dictionary of tensors")
        }
        var tensors: [String: PickledTensor] = [:]
        for (name, value) in dictionary.members {
            switch value {
            case .tensor(let tensor): tensors[name] = tensor
            case .none, .bool, .integer, .number, .string: continue
            default:
                throw CheckpointError(
                    path, tensor: name, "is \(value.kind), where tensors are expected",
                    remedy: "save the model's state_dict() by itself")
            }
        }
        return tensors
    }

    private init(path: String, bytes: UnsafeRawBufferPointer) {
        self.path = path
        self.bytes = bytes
    }

    private func refusal(_ message: String) -> CheckpointError {
        CheckpointError(
            path, "data.pkl, byte \(instruction): the pickle \(message)",
            remedy: "only tensors are read from such a file; convert it to model.safetensors where you trust it")
    }

    private mutating func run() throws -> PickleValue {
        for _ in 0..<Self.maximumInstructions {
            instruction = position
            let code = try byte()
            if code == UInt8(ascii: ".") {
                guard stack.count == 1, marks.isEmpty, position == bytes.count else {
                    throw refusal("ends with values or bytes left over")
                }
                return stack[0]
            }
            try execute(code)
        }
        throw refusal("has more than \(Self.maximumInstructions) instructions")
    }

    private mutating func execute(_ code: UInt8) throws {
        switch code {
        case 0x80: _ = try byte()  // PROTO
        case 0x95: _ = try integer(UInt64.self)  // FRAME
        case UInt8(ascii: "N"): push(.none)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case UInt8(ascii: "J"): push(.integer(try integer(Int32.self)))
        case UInt8(ascii: "K"): push(.integer(try integer(UInt8.self)))
        case UInt8(ascii: "M"): push(.integer(try integer(UInt16.self)))
        case 0x8A: push(.integer(try long()))
        case UInt8(ascii: "G"): push(.number(try float()))
        case UInt8(ascii: "X"): push(.string(try text(try integer(UInt32.self))))
        case 0x8C: push(.string(try text(try integer(UInt8.self))))
        case 0x8D: push(.string(try text(try integer(UInt64.self))))
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: ")"): push(.tuple([], depth: 1))
        case UInt8(ascii: "t"): try pushTuple(try popMarked())
        case 0x85, 0x86, 0x87: try pushTuple(try pop(Int(code) - 0x84))
        case UInt8(ascii: "}"): push(.dictionary(PickleDictionary()))
        case UInt8(ascii: "s"): try setItems(try pop(2))
        case UInt8(ascii: "u"): try setItems(try popMarked())
        case UInt8(ascii: "q"): try remember(try integer(UInt8.self))
        case UInt8(ascii: "r"): try remember(try integer(UInt32.self))
        case 0x94: try remember(memo.count)
        case UInt8(ascii: "h"): try recall(try integer(UInt8.self))
        case UInt8(ascii: "j"): try recall(try integer(UInt32.self))
        case UInt8(ascii: "c"): try pushGlobal(module: try line(), name: try line())
        case 0x93: try stackGlobal()
        case UInt8(ascii: "Q"): try persistent()
        case UInt8(ascii: "R"): try reduce()
        case UInt8(ascii: "b"): try build()
        default: throw refusal(Self.description(of: code))
        }
    }

    /// What an instruction that is not followed would do.
    private static func description(of code: UInt8) -> String {
        switch code {
        case UInt8(ascii: "i"), UInt8(ascii: "o"), 0x81, 0x92: "makes an object of a Python class"
        case 0x82, 0x83, 0x84: "calls on Python's extension registry"
        case UInt8(ascii: "P"): "refers to a storage by a line of text"
        default: "has the instruction \(code), which no dictionary of tensors needs"
        }
    }
}

// MARK: - Reading

extension TensorPickle {
    private mutating func take(_ count: Int) throws -> Slice<UnsafeRawBufferPointer> {
        guard count <= bytes.count - position else { throw refusal("is cut short") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw refusal("is cut short") }
        defer { position += 1 }
        return bytes[position]
    }

    /// A little-endian integer, which must fit an `Int`.
    private mutating func integer<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type) throws -> Int {
        let slice = try take(MemoryLayout<Bits>.size)
        let bits = Bits(littleEndian: UnsafeRawBufferPointer(rebasing: slice).loadUnaligned(as: type))
        guard let integer = Int(exactly: bits) else { throw refusal("states a length larger than any file") }
        return integer
    }

    /// A two's-complement integer of stated length, at most eight bytes.
    private mutating func long() throws -> Int {
        let count = Int(try byte())
        guard count <= 8 else { throw refusal("has an integer of \(count) bytes") }
        let digits = try take(count)
        let isNegative = digits.last.map { $0 >= 0x80 } ?? false
        return digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
    }

    private mutating func float() throws -> Double {
        Double(bitPattern: try take(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    private mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw refusal("has a string that is no UTF-8")
        }
        return text
    }

    /// The text up to the next line end, which is passed over.
    private mutating func line() throws -> String {
        guard let end = bytes[position...].prefix(512).firstIndex(of: UInt8(ascii: "\n")) else {
            throw refusal("has a name that does not end")
        }
        let text = try text(end - position)
        position += 1
        return text
    }
}

// MARK: - Building

extension TensorPickle {
    private mutating func push(_ value: PickleValue) { stack.append(value) }

    /// Takes the top values off the stack, but none from below an open mark.
    private mutating func pop(_ count: Int) throws -> [PickleValue] {
        guard stack.count - (marks.last ?? 0) >= count else { throw refusal("takes more values than it has") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popMarked() throws -> [PickleValue] {
        guard let mark = marks.popLast() else { throw refusal("closes a mark that it never set") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    /// One more than the deepest of the values.
    private func depth(above values: some Sequence<PickleValue>) throws -> Int {
        let depth = 1 + (values.map(\.depth).max() ?? 0)
        guard depth <= Self.maximumDepth else { throw refusal("nests values more than \(Self.maximumDepth) deep") }
        return depth
    }

    private mutating func pushTuple(_ elements: [PickleValue]) throws {
        push(.tuple(elements, depth: try depth(above: elements)))
    }

    /// Adds keys and values, in turn, to the dictionary that is now on top.
    private mutating func setItems(_ pairs: [PickleValue]) throws {
        guard stack.count > marks.last ?? 0, case .dictionary(let dictionary)? = stack.last else {
            throw refusal("sets items of what is no dictionary")
        }
        guard pairs.count.isMultiple(of: 2) else { throw refusal("sets a key without a value") }
        for index in stride(from: 0, to: pairs.count, by: 2) {
            guard case .string(let key) = pairs[index] else {
                throw refusal("has \(pairs[index].kind) as a dictionary's key, where names are expected")
            }
            guard dictionary.members.updateValue(pairs[index + 1], forKey: key) == nil else {
                throw refusal("has the key \(CheckpointError.quoted(key)) twice in one dictionary")
            }
        }
        dictionary.depth = max(dictionary.depth, try depth(above: pairs))
    }

    private mutating func remember(_ index: Int) throws {
        guard let top = stack.last else { throw refusal("remembers a value that it does not have") }
        memo[index] = top
    }

    /// Pushes a remembered value; no dictionary, which could so come to hold itself. PyTorch never refers back to one.
    private mutating func recall(_ index: Int) throws {
        switch memo[index] {
        case nil: throw refusal("recalls a value that it never remembered")
        case .dictionary?: throw refusal("refers back to a dictionary")
        case .some(let value): push(value)
        }
    }

    private mutating func pushGlobal(module: String, name: String) throws {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw refusal("asks for \(CheckpointError.quoted(module + "." + name)), which is no part of a tensor")
        }
        push(.global(global))
    }

    private mutating func stackGlobal() throws {
        let names = try pop(2)
        guard case .string(let module) = names[0], case .string(let name) = names[1] else {
            throw refusal("asks for a Python object by something other than its name")
        }
        try pushGlobal(module: module, name: name)
    }

    /// A storage: `("storage", class, key, device, element count)`.
    private mutating func persistent() throws {
        guard case .tuple(let parts, _)? = try pop(1).first, parts.count == 5,
            case .string("storage") = parts[0], case .global(.storage(let type)) = parts[1],
            case .string(let key) = parts[2], case .string = parts[3], case .integer(let count) = parts[4], count >= 0
        else { throw refusal("refers to something outside itself that is no storage") }
        push(.storage(PickledTensor.Storage(type: type, key: key, count: count)))
    }

    private mutating func reduce() throws {
        let parts = try pop(2)
        guard case .global(let global) = parts[0], case .tuple(let arguments, _) = parts[1] else {
            throw refusal("calls \(parts[0].kind)")
        }
        switch global {
        case .orderedDictionary where arguments.isEmpty: push(.dictionary(PickleDictionary()))
        case .tensor: push(.tensor(try tensor(arguments)))
        case .parameter:
            guard case .tensor(let tensor)? = arguments.first, arguments.count <= 3 else {
                throw refusal("makes a parameter of what is no tensor")
            }
            push(.tensor(tensor))
        case .orderedDictionary, .storage: throw refusal("calls \(global.name) with arguments that no tensor needs")
        }
    }

    private func tensor(_ arguments: [PickleValue]) throws -> PickledTensor {
        guard (4...7).contains(arguments.count), case .storage(let storage) = arguments[0],
            case .integer(let offset) = arguments[1], offset >= 0,
            let shape = arguments[2].extents, let strides = arguments[3].extents
        else { throw refusal("lays out a tensor by other than a storage, an offset, a shape and strides from 0 up") }
        guard shape.count == strides.count, shape.count <= Self.maximumRank else {
            throw refusal("lays out a tensor of shape \(shape.prefix(9)) with strides \(strides.prefix(9))")
        }
        return PickledTensor(storage: storage, offset: offset, shape: shape, strides: strides)
    }

    /// Attributes, which only an `OrderedDict` has here (PyTorch's `_metadata`), and which no tensor needs.
    private mutating func build() throws {
        let parts = try pop(2)
        guard case .dictionary = parts[0], case .dictionary = parts[1] else {
            throw refusal("sets attributes of \(parts[0].kind)")
        }
        push(parts[0])
    }
}
