/// Who sent a request, as far as an ``HTTPAdmission`` has found out; handlers cast it to the type which theirs returns.
public protocol RequestClient: Sendable {
    /// What logs call it; never a secret.
    var name: String { get }
}
