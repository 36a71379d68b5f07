extension JSONValue {
    /// How deep arrays and objects may be nested unless told otherwise; bounds the stack that parsing needs.
    public static let depthLimit = 64

    /// Parses one JSON text, white space around it allowed and nothing else. Throws `JSONError` with the byte offset.
    ///
    /// - Parameter valueLimit: arrays, objects, members and elements that there may be in all: each takes some hundred
    ///   bytes of memory at most beside its own text, and may be written in two.
    public init(parsing text: String, depthLimit: Int = JSONValue.depthLimit, valueLimit: Int = .max) throws(JSONError)
    {
        try self.init(parsing: ArraySlice(Array(text.utf8)), depthLimit: depthLimit, valueLimit: valueLimit)
    }

    /// Parses one JSON text in UTF-8. Throws `JSONError` with the byte offset.
    public init(parsing bytes: [UInt8], depthLimit: Int = JSONValue.depthLimit, valueLimit: Int = .max)
        throws(JSONError)
    {
        try self.init(parsing: bytes[...], depthLimit: depthLimit, valueLimit: valueLimit)
    }

    /// Parses one JSON text in UTF-8. Throws `JSONError`, its offset counted from the start of the slice.
    public init(parsing bytes: ArraySlice<UInt8>, depthLimit: Int = JSONValue.depthLimit, valueLimit: Int = .max)
        throws(JSONError)
    {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(JSONError) in
                try JSONValue(parsing: buffer, depthLimit: depthLimit, valueLimit: valueLimit)
            }
        }
        self = try result.get()
    }

    /// Parses one JSON text in UTF-8 where it lies in memory. Throws `JSONError` with the byte offset.
    public init(parsing bytes: UnsafeRawBufferPointer, depthLimit: Int = JSONValue.depthLimit, valueLimit: Int = .max)
        throws(JSONError)
    {
        var parser = JSONParser(bytes: bytes, depthLimit: depthLimit, valueLimit: valueLimit)
        self = try parser.document()
    }
}
