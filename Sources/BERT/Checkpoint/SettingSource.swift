/// Where the value of a setting comes from.
public enum SettingSource: String, Sendable, Codable {
    /// Passerine's own file beside the checkpoint.
    case passerine = "passerine.json"
    /// colbert-ai's file beside the checkpoint.
    case colbertAI = "artifact.metadata"
    /// PyLate's file beside the checkpoint.
    case pyLate = "config_sentence_transformers.json"
    /// What PyLate takes where its file does not say.
    case pyLateDefault = "PyLate's default"
    case tokenizer = "tokenizer_config.json"
    case configuration = "config.json"
    /// The shape of a tensor.
    case weights
    /// What the method's authors published: ColBERT (Khattab & Zaharia 2020), TILDEv2 (Zhuang & Zuccon 2021).
    case paper
}
