/// Unicode's white space in UTF-8.
enum WhiteSpace {
    /// The length of the white space scalar at `offset`; nil where there is another or none.
    @inline(__always)
    static func length(in text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int? {
        let (scalar, length) = UTF8Decoding.scalar(of: text, at: offset)
        return CharacterTable.shared.classes(of: scalar).contains(.whitespace) ? length : nil
    }

    /// The length of the white space scalar that ends before `offset`, which must be above 0.
    static func length(in text: UnsafeBufferPointer<UInt8>, before offset: Int) -> Int? {
        var start = offset - 1
        while start > 0, offset - start < 4, UTF8Decoding.isTrail(text[start]) { start -= 1 }
        guard let length = length(in: text, at: start), start + length == offset else { return nil }
        return length
    }
}
