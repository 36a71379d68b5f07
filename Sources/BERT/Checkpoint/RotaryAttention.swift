/// How the layers of an encoder with rotary positions (Su et al. 2021, arXiv:2104.09864) attend.
public struct RotaryAttention: Sendable, Equatable, Encodable {
    /// The base of the angles of layers that attend to the whole sequence, and of those that attend nearby.
    public let globalTheta: Double
    public let localTheta: Double
    /// How far a local layer sees to either side, in pieces.
    public let reach: Int
    /// By layer: whether it attends to the whole sequence.
    public let isGlobal: [Bool]

    public init(globalTheta: Double, localTheta: Double, reach: Int, isGlobal: [Bool]) {
        self.globalTheta = globalTheta
        self.localTheta = localTheta
        self.reach = reach
        self.isGlobal = isGlobal
    }

    /// Reads the fields of ModernBERT's `config.json`, in transformers' form before and since version 5.
    init(_ fields: JSONFields, layerCount: Int) throws {
        let parameters = try fields.object("rope_parameters")
        try parameters?.refuseKeys(except: ["full_attention", "sliding_attention"])
        func theta(_ kind: String, _ key: String, _ fallback: Double) throws -> Double {
            let nested = try parameters?.object(kind)
            try nested?.refuseKeys(except: ["rope_type", "rope_theta"])
            if let nested, let type = try nested.string("rope_type"), type != "default" {
                throw nested.error("rope_type", "\(CheckpointError.quoted(type)) is not supported, only \"default\"")
            }
            let theta = try nested?.number("rope_theta") ?? fields.number(key) ?? fallback
            guard theta >= 1, theta <= 1e12 else { throw fields.error(key, "\(theta) is outside 1 to 1e12") }
            return theta
        }
        if fields.value("rope_scaling") != nil { throw fields.error("rope_scaling", "is not supported") }
        globalTheta = try theta("full_attention", "global_rope_theta", 160_000)
        // Left out, it is 10,000; stated as null, it is the others' (transformers' modeling_modernbert.py up to 4.57).
        localTheta = try theta(
            "sliding_attention", "local_rope_theta", fields.states("local_rope_theta") ? globalTheta : 10_000)
        reach = (try fields.integer("local_attention", in: 2...1_000_000) ?? 128) / 2
        // transformers 5 has it beside `local_attention`, as half of it.
        if let half = try fields.integer("sliding_window", in: 0...1_000_000), half != reach {
            throw fields.error(
                "sliding_window", "\(half) is not half of local_attention, which is \(reach)",
                remedy: "state the window as local_attention alone")
        }
        let every = try fields.integer("global_attn_every_n_layers", in: 1...256) ?? 3
        guard let types = try fields.strings("layer_types") else {
            isGlobal = (0..<layerCount).map { $0 % every == 0 }
            return
        }
        guard types.count == layerCount else {
            throw fields.error("layer_types", "names \(types.count) layers, but there are \(layerCount)")
        }
        isGlobal = try types.map { type in
            switch type {
            case "full_attention": return true
            case "sliding_attention": return false
            default: throw fields.error("layer_types", "\(CheckpointError.quoted(type)) is not supported")
            }
        }
    }
}
