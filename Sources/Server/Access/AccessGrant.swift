import HTTP
import JSON

/// What the client of a request may do.
public struct AccessGrant: RequestClient {
    /// The key's name; `local` for clients that need none.
    public let name: String
    public let role: AccessRole
    /// `nil` for all indexes.
    let scope: Set<CodePoints>?

    /// Where no keys are needed.
    static let unrestricted = AccessGrant(name: "local", role: .admin, scope: nil)

    /// Whether the client may know of that index.
    public func covers(index: String) -> Bool { scope?.contains(CodePoints(index)) ?? true }
}

extension RequestContext {
    /// Whether the client may know of that index; without access control, it may.
    func mayAccess(index: String) -> Bool { (client as? AccessGrant)?.covers(index: index) ?? true }

    /// A model's folder as the client may know it: where it lies on the server's disk is for admins, others get its name.
    func shown(folder: String) -> String {
        if let grant = client as? AccessGrant, grant.role < .admin {
            return folder.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? ""
        }
        return folder
    }
}
