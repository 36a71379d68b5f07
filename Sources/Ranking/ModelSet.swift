import LinearAlgebra

/// The models of a deployment by the stage they serve; one checkpoint may serve several.
public struct ModelSet: Sendable {
    public let colbert: RankingModel?
    public let tilde: RankingModel?
    public let crossEncoder: RankingModel?

    /// Loads the named folders. Throws what `RankingModel` throws, and `RankingError` where a folder lacks the head that
    /// its stage needs.
    public init(
        colbertFolder: String? = nil, tildeFolder: String? = nil, crossEncoderFolder: String? = nil,
        precision: Precision = .fp32, crossEncoderPrecision: Precision = .fp32, loader: ModelLoader = ModelLoader()
    ) throws {
        func load(
            _ folder: String?, _ precision: Precision, stage: String, serves: (RankingModel) -> Bool
        ) throws -> RankingModel? {
            guard let folder else { return nil }
            let model = try loader.load(folder, precision: precision)
            guard serves(model) else {
                throw RankingError(
                    "\(folder): cannot serve the stage \(stage), since it has no head for it; "
                        + "`passerine models inspect \(folder)` says what it can do")
            }
            return model
        }
        colbert = try load(colbertFolder, precision, stage: "colbert") { $0.colbert != nil }
        tilde = try load(tildeFolder, precision, stage: "tildev2") { $0.tilde != nil }
        crossEncoder = try load(crossEncoderFolder, crossEncoderPrecision, stage: "cross-encoder") {
            $0.crossEncoder != nil
        }
    }

    /// No models: a lexical index, or one that is only looked at.
    public static let none = ModelSet(colbert: nil, tilde: nil)

    /// A set of models that are loaded already.
    public init(colbert: RankingModel?, tilde: RankingModel?, crossEncoder: RankingModel? = nil) {
        self.colbert = colbert
        self.tilde = tilde
        self.crossEncoder = crossEncoder
    }

    /// Whether passages are encoded at all.
    public var encodesPassages: Bool { colbert != nil || tilde != nil }
}
