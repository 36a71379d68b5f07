import Corpus
import HTTP
import JSON

extension HTTPResponse {
    /// A JSON body.
    static func json(_ value: JSONValue) -> HTTPResponse {
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        bytes.append(0x0A)
        return .json(bytes)
    }
}
