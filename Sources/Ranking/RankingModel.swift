import BERT
import Foundation
import LinearAlgebra

/// A checkpoint folder made ready: tokenizer, encoder and the heads that it has. The type to read first in this target.
///
///     let model = try RankingModel(folder: "models/passerine-small/encoder")
///     let query = try model.colbert?.query("what is late interaction", model: model)
public final class RankingModel: Sendable {
    public let folder: String
    /// SHA-256 over weights, vocabulary and settings, in hexadecimal.
    public let fingerprint: String
    public let configuration: EncoderConfiguration
    public let settings: ModelSettings
    /// Makes pieces of texts, which never become those that steer the model: these come from templates alone.
    public let tokenizer: any Tokenizer
    public let encoder: BERTEncoder
    /// Late interaction, where the checkpoint has a projection.
    public let colbert: ColBERT?
    /// Term weights, where the checkpoint has a TILDEv2 head.
    public let tilde: TILDE?
    /// Pair scoring, where the checkpoint has a classifier.
    public let crossEncoder: CrossEncoder?

    /// Loads a Hugging Face folder. Throws `CheckpointError` or `TokenizationError`.
    ///
    /// - Parameter usesPacked: whether layers that `passerine models quantize` packed are taken.
    public init(
        folder: String, precision: Precision = .fp32, usesPacked: Bool = true, team: WorkerTeam = .shared
    ) throws {
        let checkpoint = try Checkpoint(folder: folder)
        self.folder = folder
        configuration = checkpoint.configuration
        // Reading the files for the fingerprint, the vocabulary and the weights take about as long as each other.
        let fingerprinting = Concurrently { try checkpoint.fingerprint() }
        let settings = try checkpoint.settings()
        self.settings = settings
        let markers = [settings.colbert.queryMarker, settings.colbert.passageMarker].compactMap { $0 }
        let tokenizing = Concurrently {
            try TokenizerFile.tokenizerOfText(folder: URL(fileURLWithPath: folder), markers: markers)
        }
        encoder = try BERTEncoder(checkpoint, precision: precision, usesPacked: usesPacked, team: team)
        tokenizer = try tokenizing.value()
        try tokenizer.vocabulary.requireFit(
            rows: configuration.vocabularySize, tensor: TensorName.words)
        colbert = try ColBERT(checkpoint, settings: settings, tokenizer: tokenizer)
        tilde = try TILDE(checkpoint, settings: settings, tokenizer: tokenizer, precision: precision)
        crossEncoder = try CrossEncoder(checkpoint, settings: settings, tokenizer: tokenizer)
        fingerprint = try fingerprinting.value()
        if let packed = encoder.packedLayers, packed.fingerprint != fingerprint {
            throw PackedLayers.mismatch(packed.path, folder: folder)
        }
    }
}
