extension IndexSettings {
    enum CodingKeys: String, CodingKey {
        case format, created, analysis, codec, dimension, splitsPassages, fields, colbert, tildev2
    }

    /// Reads settings; indexes of builds that knew no fields have none.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        format = try values.decode(Int.self, forKey: .format)
        created = try values.decode(String.self, forKey: .created)
        analysis = try values.decode(Analysis.self, forKey: .analysis)
        codec = try values.decode(TokenCodec.self, forKey: .codec)
        dimension = try values.decode(Int.self, forKey: .dimension)
        splitsPassages = try values.decode(Bool.self, forKey: .splitsPassages)
        fields = try values.decodeIfPresent([String].self, forKey: .fields) ?? []
        colbert = try values.decodeIfPresent(Model.self, forKey: .colbert)
        tildev2 = try values.decodeIfPresent(Model.self, forKey: .tildev2)
    }
}
