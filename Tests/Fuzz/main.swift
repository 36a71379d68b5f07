import Foundation
import HTTP
import PassageIndex
import Ranking
import Search
import Server

// `make fuzz`: libFuzzer (https://llvm.org/docs/LibFuzzer.html) over what a client can send. Nothing may crash, hang or be
// answered by an unforeseen error, whatever the bytes.

/// libFuzzer's own `main`, as a function.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private let target = try FuzzedServer()
private var count = CommandLine.argc
private var arguments = CommandLine.unsafeArgv

private let status = runFuzzer(&count, &arguments) { bytes, count in
    target.receive(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
exit(status)
