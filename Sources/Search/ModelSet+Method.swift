import Ranking

extension ModelSet {
    /// The model that a stage of that method needs; `nil` where none is loaded.
    public func model(for method: Pipeline.Method) -> RankingModel? {
        switch method {
        case .tildev2: tilde
        case .colbert, .feedback: colbert
        case .crossEncoder: crossEncoder
        }
    }
}
