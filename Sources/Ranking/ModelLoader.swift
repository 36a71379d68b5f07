import Synchronization

/// Loads model folders, each once however often it is asked for, so that indexes share their models.
public final class ModelLoader: Sendable {
    private let loaded = Mutex<[String: RankingModel]>([:])

    public init() {}

    /// The model in a folder. Throws what `RankingModel` throws.
    public func load(_ folder: String) throws -> RankingModel {
        try loaded.withLock { loaded in
            if let model = loaded[folder] { return model }
            let model = try RankingModel(folder: folder)
            loaded[folder] = model
            return model
        }
    }
}
