import LibFuzzer

// `make fuzz-index`: what the files of an index can hold although every checksum is right. Nothing may crash, hang or take
// much memory, and every error is one in words.

private let target = try FuzzedIndex()

fuzz { bytes, count in
    target.take(Script(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
