import Foundation
import Ranking

/// The model that ships with the project.
enum ShippedModel {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("models/passerine-small/encoder").path
    static let models = Result { try ModelSet(colbertFolder: folder, tildeFolder: folder) }
}
