/// What reading a corpus brings next.
public enum CorpusEvent: Sendable, Hashable {
    /// A passage that keeps the limits, and where it was found.
    case passage(Passage, CorpusSource)
    /// Something that is no passage. Reading can go on; whether it should is the caller's to decide.
    case broken(CorpusError)
}
