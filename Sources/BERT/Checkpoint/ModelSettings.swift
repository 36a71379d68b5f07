/// What a model needs to be used rightly and Hugging Face's own files do not say.
///
/// Each value is taken from the first of these that states it:
///
/// 1. `passerine.json`, this program's own file (below);
/// 2. `artifact.metadata`, colbert-ai's;
/// 3. `config_sentence_transformers.json`, PyLate's, with PyLate's defaults for what it leaves out;
/// 4. `tokenizer_config.json` for the length of a cross-encoder's pairs;
/// 5. the papers: ColBERT with queries of 32 pieces padded by `[MASK]`s, passages of 180, the markers `[unused0]` and
///    `[unused1]`, punctuation not stored; TILDEv2 with passages of 192 pieces and its authors' stop words.
///
/// `passerine.json` is one object. Every key but `version` may be left out:
///
///     {
///       "version": 1,
///       "query_length": 64,                  pieces, [CLS], marker and [SEP] included
///       "passage_length": 180,               likewise
///       "cross_encoder_length": 512,         pieces of a pair, special ones included
///       "colbert": {
///         "dimension": 128,                  must be the projection's
///         "usable_dimensions": [32, 64, 96, 128],
///         "query_marker": null,              a piece, or null for none
///         "passage_marker": null,
///         "pad_queries_with_mask": false,
///         "attends_to_mask": false,
///         "skip_in_passages": "punctuation"  or a list of pieces, or null for none
///       },
///       "tildev2": {
///         "stop_words": ["the", "of"],       pieces
///         "skip_non_alphanumeric": false,    false where left out beside stop_words
///         "expansion_terms": 16              pieces that a passage gets from an expansion head
///       }
///     }
public struct ModelSettings: Sendable, Equatable, Encodable {
    /// The most pieces of a query: `[CLS]`, marker and `[SEP]` included.
    public let queryLength: Int
    /// The most pieces of a passage, or of one window of it: `[CLS]`, marker and `[SEP]` included.
    public let passageLength: Int
    /// The most pieces of a query and passage together in a cross-encoder, special ones included.
    public let crossEncoderLength: Int
    public let colbert: ColBERTSettings
    public let tildev2: TILDEv2Settings
    /// Where each value comes from, by its dotted key in `passerine.json` (`colbert.query_marker`).
    public let sources: [String: SettingSource]

    /// The names are those of `passerine.json`.
    enum CodingKeys: String, CodingKey {
        case queryLength = "query_length"
        case passageLength = "passage_length"
        case crossEncoderLength = "cross_encoder_length"
        case colbert, tildev2, sources
    }

    /// Reads the settings of a checkpoint.
    ///
    /// - Throws: `CheckpointError` that names file and field: an unknown key, a value of the wrong kind, a length
    ///   beyond the model's positions, a dimension that is not the projection's.
    public init(checkpoint: Checkpoint) throws {
        let folder = checkpoint.modelFolder
        let positions = checkpoint.configuration.maxPositions
        let stated = try SettingFiles.read(folder, maxPositions: positions)
        var resolver = SettingResolver(stated: stated)

        let servesTILDEv2Only =
            checkpoint.has(TensorName.tildeWeight) && !checkpoint.has(TensorName.colbertProjection)
        queryLength = resolver.value(\.queryLength, "query_length", else: min(32, positions))
        passageLength = resolver.value(
            \.passageLength, "passage_length", else: min(servesTILDEv2Only ? 192 : 180, positions))
        crossEncoderLength = resolver.value(
            \.crossEncoderLength, "cross_encoder_length", else: positions, from: .configuration)

        let dimension = try Self.dimension(checkpoint, stated, &resolver)
        colbert = ColBERTSettings(
            dimension: dimension,
            usableDimensions: try Self.usableDimensions(dimension, folder, &resolver),
            queryMarker: resolver.value(\.queryMarker, "colbert.query_marker", else: "[unused0]"),
            passageMarker: resolver.value(\.passageMarker, "colbert.passage_marker", else: "[unused1]"),
            padQueriesWithMask: resolver.value(\.padQueriesWithMask, "colbert.pad_queries_with_mask", else: true),
            attendsToMask: resolver.value(\.attendsToMask, "colbert.attends_to_mask", else: false),
            skipInPassages: resolver.value(\.skipInPassages, "colbert.skip_in_passages", else: .punctuation))
        tildev2 = TILDEv2Settings(
            stopWords: resolver.value(\.stopWords, "tildev2.stop_words", else: TILDEv2Settings.published),
            skipsNonAlphanumeric: resolver.value(
                \.skipsNonAlphanumeric, "tildev2.skip_non_alphanumeric", else: true),
            expansionTerms: resolver.value(
                \.expansionTerms, "tildev2.expansion_terms", else: TILDEv2Settings.standardExpansionTerms))
        sources = resolver.sources
    }

    /// The projection's rows, which every file that states a dimension must agree with.
    private static func dimension(
        _ checkpoint: Checkpoint, _ stated: [StatedSettings], _ resolver: inout SettingResolver
    ) throws -> Int {
        guard let shape = checkpoint.description(of: TensorName.colbertProjection)?.shape, shape.count == 2 else {
            return resolver.value(\.dimension, "colbert.dimension", else: 128)
        }
        for settings in stated {
            guard let dimension = settings.dimension, dimension != shape[0] else { continue }
            throw CheckpointError(
                checkpoint.modelFolder.file(settings.source.rawValue), field: settings.dimensionKey,
                "says \(dimension), but the projection's tensor has \(shape[0]) rows")
        }
        resolver.record("colbert.dimension", .weights)
        return shape[0]
    }

    private static func usableDimensions(
        _ dimension: Int, _ folder: ModelFolder, _ resolver: inout SettingResolver
    ) throws -> [Int] {
        let key = "colbert.usable_dimensions"
        let listed = resolver.value(
            \.usableDimensions, key, else: [dimension], from: resolver.sources["colbert.dimension"])
        if let excess = listed.first(where: { $0 > dimension }) {
            throw CheckpointError(
                folder.file(SettingSource.passerine.rawValue), field: key,
                "\(excess) is more than the projection's dimension, \(dimension)")
        }
        return Set(listed + [dimension]).sorted()
    }
}
