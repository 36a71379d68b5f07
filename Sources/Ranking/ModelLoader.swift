import LinearAlgebra
import Synchronization

/// Loads model folders, each once a precision however often it is asked for, so that indexes share their models.
public final class ModelLoader: Sendable {
    private struct Key: Hashable {
        let folder: String
        let precision: Precision
    }

    private let loaded = Mutex<[Key: RankingModel]>([:])

    public init() {}

    /// The model in a folder. Throws what `RankingModel` throws.
    public func load(_ folder: String, precision: Precision = .fp32) throws -> RankingModel {
        try loaded.withLock { loaded in
            let key = Key(folder: folder, precision: precision)
            if let model = loaded[key] { return model }
            let model = try RankingModel(folder: folder, precision: precision)
            loaded[key] = model
            return model
        }
    }
}
