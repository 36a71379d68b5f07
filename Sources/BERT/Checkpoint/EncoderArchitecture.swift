/// The encoders that can be built, by the `model_type` of their `config.json`.
///
/// This is the one list of them: whatever is not here is refused, in words that name those that are.
public enum EncoderArchitecture: String, Sendable, CaseIterable, Codable {
    /// BERT (Devlin et al. 2019), MiniLM and other encoders in BERT's form.
    case bert
}
