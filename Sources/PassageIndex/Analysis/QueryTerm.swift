/// A term of a query and how often the query says it.
///
/// Terms are bytes, as FTS5 compares them: two Swift strings can be equal that are different terms.
struct QueryTerm: Equatable {
    let bytes: [UInt8]
    let count: Int

    /// The term as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
