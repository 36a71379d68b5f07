/// A dictionary that a pickle is filling.
///
/// It is shared, not copied, between the stack and the memo; since nothing ever refers back to a dictionary, it cannot
/// come to hold itself.
package final class PickleDictionary {
    package var members: [String: PickleValue] = [:]
    /// One more than the deepest member's.
    package var depth = 1

    package init() {}
}
