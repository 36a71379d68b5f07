import Testing

/// A pickle that must be refused, and what the refusal says.
struct HostilePickle: CustomTestStringConvertible, Sendable {
    private typealias P = PickleBuilder

    let testDescription: String
    let words: String
    let pickle: [UInt8]

    private init(_ name: String, _ words: String, _ parts: [UInt8]...) {
        testDescription = name
        self.words = words
        pickle = Array(parts.joined())
    }

    private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func repeated(_ part: [UInt8], _ count: Int) -> [UInt8] {
        Array(repeatElement(part, count: count).joined())
    }

    /// A pickle that calls a function with one string.
    private static func call(_ module: String, _ name: String) -> HostilePickle {
        HostilePickle(
            "calling \(module).\(name)", "asks for \"\(module).\(name)\", which is no part of a tensor",
            P.protocol2, P.global(module, name), command, [0x85], P.reduce, P.stop)
    }

    private static let command = P.string("touch /tmp/owned")
    private static let ordered = P.global("collections", "OrderedDict")
    private static let tensor = P.tensor(P.storage(count: 1), shape: [1], strides: [1])

    /// Pickles that name or call something.
    static let calls: [HostilePickle] = [
        call("os", "system"), call("posix", "system"), call("subprocess", "Popen"), call("builtins", "eval"),
        call("builtins", "getattr"), call("__builtin__", "exec"), call("torch.storage", "_load_from_bytes"),
        call("torch", "hub.load"), call("torch", "load"), call("torch._utils", "_rebuild_device_tensor_from_numpy"),
        call("collections", "OrderedDict.__init__"), call("numpy.core.multiarray", "_reconstruct"),
        HostilePickle(
            "STACK_GLOBAL", "asks for \"os.system\"",
            [0x80, 4], P.string("os"), P.string("system"), [0x93], command, [0x85], P.reduce, P.stop),
        HostilePickle(
            "STACK_GLOBAL of no names", "by something other than its name", P.emptyTuple, P.emptyTuple, [0x93], P.stop),
        HostilePickle("BINPERSID of a string", "no storage", command, P.persistentID, P.stop),
        HostilePickle("PERSID", "refers to a storage by a line of text", ascii("Pfile:///etc/passwd\n.")),
        HostilePickle(
            "an OrderedDict of arguments", "calls collections.OrderedDict with arguments",
            ordered, command, [0x85], P.reduce, P.stop),
        HostilePickle(
            "calling a storage", "calls a torch storage of F32",
            P.global("torch", "FloatStorage"), P.emptyTuple, P.reduce, P.stop),
        HostilePickle("calling a string", "calls a string", command, P.emptyTuple, P.reduce, P.stop),
        HostilePickle("calling a tensor", "calls a tensor", tensor, P.emptyTuple, P.reduce, P.stop),
        HostilePickle(
            "a parameter of no tensor", "makes a parameter of what is no tensor",
            P.global("torch._utils", "_rebuild_parameter"), command, [0x85], P.reduce, P.stop),
        HostilePickle(
            "a tensor of no storage", "lays out a tensor by other than",
            P.global("torch._utils", "_rebuild_tensor_v2"), P.mark, command, P.tuple, P.reduce, P.stop),
    ]

    /// Pickles that make objects of classes or set attributes.
    static let objects: [HostilePickle] = [
        HostilePickle("INST", "makes an object of a Python class", P.mark, command, ascii("ios\nsystem\n.")),
        HostilePickle("OBJ", "makes an object of a Python class", P.mark, ordered, ascii("o.")),
        HostilePickle("NEWOBJ", "makes an object of a Python class", ordered, P.emptyTuple, [0x81], P.stop),
        HostilePickle("NEWOBJ_EX", "makes an object", ordered, P.emptyTuple, P.emptyDictionary, [0x92], P.stop),
        HostilePickle("EXT1", "extension registry", [0x82, 1], P.stop),
        HostilePickle("EXT4", "extension registry", [0x84, 1, 0, 0, 0], P.stop),
        HostilePickle(
            "BUILD on a class", "sets attributes of collections.OrderedDict",
            ordered, P.emptyDictionary, P.build, P.stop),
        HostilePickle("BUILD on a tensor", "sets attributes of a tensor", tensor, P.emptyDictionary, P.build, P.stop),
        HostilePickle(
            "BUILD with a tuple", "sets attributes of a dictionary", P.emptyDictionary, P.emptyTuple, P.build, P.stop),
        HostilePickle("a list", "has the instruction 93", ascii("].")),
        HostilePickle("a set", "has the instruction 143", [0x8F], P.stop),
        HostilePickle("DUP", "has the instruction 50", P.emptyDictionary, ascii("2.")),
    ]

    /// Pickles that would exhaust memory, stack or time.
    static let bombs: [HostilePickle] = [
        HostilePickle("nested tuples", "more than 16 deep", P.emptyTuple, repeated([0x85], 1_000_000)),
        HostilePickle(
            "nested dictionaries", "more than 16 deep",
            repeated(P.emptyDictionary + P.string("a"), 40), P.emptyTuple, repeated(P.setItem, 40)),
        HostilePickle(
            "doubling by the memo", "more than 16 deep",
            command, ascii("q\0"), repeated(ascii("h\0h\0") + [0x86] + ascii("q\0"), 60), P.stop),
        HostilePickle(
            "a dictionary in itself", "refers back to a dictionary",
            P.emptyDictionary, ascii("q\0"), P.string("a"), ascii("h\0s.")),
        HostilePickle("endless values", "more than 2000000 instructions", repeated(ascii("N"), 2_000_001)),
        HostilePickle("a string longer than the file", "is cut short", [0x8D], repeated([255], 7), [127]),
        HostilePickle("a string longer than any file", "larger than any file", [0x8D], repeated([255], 8)),
        HostilePickle("an integer of 200 bytes", "an integer of 200 bytes", [0x8A, 200], repeated([1], 200)),
        HostilePickle("a name without end", "a name that does not end", ascii("c"), repeated([97], 2_000)),
    ]

    /// Pickles that are no sound programs, or hold something else.
    static let unsound: [HostilePickle] = [
        HostilePickle("nothing", "is cut short"),
        HostilePickle("no value", "ends with values or bytes left over", P.stop),
        HostilePickle("two values", "ends with values or bytes left over", ascii("NN.")),
        HostilePickle("something after the end", "ends with values or bytes left over", ascii("}.N")),
        HostilePickle("an open mark", "ends with values or bytes left over", ascii("}(.")),
        HostilePickle("no dictionary", "holds no dictionary of tensors", ascii("N.")),
        HostilePickle("an unknown memo", "recalls a value that it never remembered", ascii("j"), repeated([255], 4)),
        HostilePickle("remembering nothing", "remembers a value that it does not have", ascii("q\0.")),
        HostilePickle("a mark never set", "closes a mark that it never set", ascii("t.")),
        HostilePickle("taking from below a mark", "takes more values than it has", ascii("NN("), [0x86], P.stop),
        HostilePickle("items below a mark", "sets items of what is no dictionary", ascii("}((NNu.")),
        HostilePickle("items of nothing", "sets items of what is no dictionary", ascii("NNs.")),
        HostilePickle("an odd item", "sets a key without a value", ascii("}(Nu.")),
        HostilePickle("a key that is no name", "has None as a dictionary's key", ascii("}NNs.")),
        HostilePickle(
            "the same key twice", "has the key \"a\" twice",
            ascii("}("), P.string("a"), ascii("N"), P.string("a"), ascii("Nu.")),
        HostilePickle("a string that is no UTF-8", "no UTF-8", ascii("X"), [1, 0, 0, 0, 255]),
        HostilePickle(
            "a state within a checkpoint", "tensor \"state_dict\": is a dictionary, where tensors are expected",
            P.dictionary("state_dict", P.emptyDictionary)),
        HostilePickle(
            "a class among tensors", "where tensors are expected",
            P.dictionary("a", P.global("torch", "FloatStorage"))),
    ]
}
