/// What a key may do; each role may do all that those before it may.
public enum AccessRole: String, Sendable, CaseIterable, Comparable {
    /// Search, list and describe indexes, re-rank, embed.
    case search
    /// Add and delete passages too.
    case write
    /// Make and drop indexes too.
    case admin

    private var level: Int {
        switch self {
        case .search: 0
        case .write: 1
        case .admin: 2
        }
    }

    public static func < (left: AccessRole, right: AccessRole) -> Bool { left.level < right.level }
}
