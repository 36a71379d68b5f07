extension MetadataFilter {
    /// The same filter without what says nothing: lists in lists of their own kind, lists of one part, double negations,
    /// and whatever is certain because of an empty list. What is certain for all passages is a list without parts.
    ///
    /// What is left has a condition in each of its parts, so that looking it up costs no more than its conditions do.
    var simplified: MetadataFilter {
        switch self {
        case .and(let parts):
            var kept: [MetadataFilter] = []
            for part in parts {
                switch part.simplified {
                case .and(let inner): kept += inner
                case .or(let inner) where inner.isEmpty: return .or([])
                case let other: kept.append(other)
                }
            }
            return kept.count == 1 ? kept[0] : .and(kept)
        case .or(let parts):
            var kept: [MetadataFilter] = []
            for part in parts {
                switch part.simplified {
                case .or(let inner): kept += inner
                case .and(let inner) where inner.isEmpty: return .and([])
                case let other: kept.append(other)
                }
            }
            return kept.count == 1 ? kept[0] : .or(kept)
        case .not(let part):
            switch part.simplified {
            case .and(let inner) where inner.isEmpty: return .or([])
            case .or(let inner) where inner.isEmpty: return .and([])
            case .not(let inner): return inner
            case let other: return .not(other)
            }
        case .isIn(_, let values): return values.isEmpty ? .or([]) : self
        case .range: return self
        }
    }

    /// About the bytes that the filter takes in memory.
    var byteCount: Int {
        switch self {
        case .and(let parts), .or(let parts): parts.reduce(64) { $0 + $1.byteCount }
        case .not(let part): 64 + part.byteCount
        case .isIn(_, let values): values.reduce(64 + Self.longestField) { $0 + $1.byteCount }
        case .range(_, let lower, let upper):
            64 + Self.longestField + (lower?.value.byteCount ?? 0) + (upper?.value.byteCount ?? 0)
        }
    }
}

extension MetadataFilter.Value {
    fileprivate var byteCount: Int {
        if case .string(let text) = self { 48 + text.text.utf8.count } else { 24 }
    }
}
