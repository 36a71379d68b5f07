import PassageIndex
import Ranking
import Search

/// Where a server's indexes lie and what belongs to them; replaced as a whole when the configuration is loaded again.
public struct IndexSource: Sendable {
    /// Folder of all indexes.
    public let folder: String
    /// Opens an index with the models that belong to it. Throws what that throws.
    public let open: @Sendable (IndexFolder) throws -> SearchEngine
    /// The models of a new index. Throws where they cannot be loaded.
    public let models: @Sendable () throws -> ModelSet

    public init(
        folder: String, open: @escaping @Sendable (IndexFolder) throws -> SearchEngine,
        models: @escaping @Sendable () throws -> ModelSet
    ) {
        self.folder = folder
        self.open = open
        self.models = models
    }
}
