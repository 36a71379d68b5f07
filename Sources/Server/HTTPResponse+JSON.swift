import Corpus
import HTTP

extension HTTPResponse {
    /// A JSON body.
    static func json(_ value: JSONValue) -> HTTPResponse {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        bytes.append(0x0A)
        return .json(bytes)
    }
}
