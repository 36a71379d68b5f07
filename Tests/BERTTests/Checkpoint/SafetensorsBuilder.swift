/// Writes safetensors files, sound ones and others.
enum SafetensorsBuilder {
    /// A file with a header as it stands and that many bytes of data, 0, 1, 2, …
    static func file(header: String, dataLength: Int) -> [UInt8] {
        littleEndian(UInt64(header.utf8.count)) + Array(header.utf8)
            + (0..<dataLength).map { UInt8(truncatingIfNeeded: $0) }
    }

    /// A sound file of F32 tensors, in the order given.
    static func floats(_ tensors: [(name: String, shape: [Int], elements: [Float])], padding: Int = 0) -> [UInt8] {
        var entries: [String] = []
        var data: [UInt8] = []
        for (name, shape, elements) in tensors {
            let start = data.count
            for element in elements { data += littleEndian(element.bitPattern) }
            entries.append(#""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(start),\#(data.count)]}"#)
        }
        var header = "{" + entries.joined(separator: ",") + "}"
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8 + padding)
        return littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }

    static func littleEndian<Bits: FixedWidthInteger>(_ bits: Bits) -> [UInt8] {
        withUnsafeBytes(of: bits.littleEndian, Array.init)
    }
}
