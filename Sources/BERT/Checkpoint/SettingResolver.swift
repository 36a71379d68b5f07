/// Takes each setting from the first file that states it and keeps note of which that was.
package struct SettingResolver {
    /// In order of precedence.
    private let stated: [StatedSettings]
    /// By dotted key.
    package private(set) var sources: [String: SettingSource] = [:]

    package init(stated: [StatedSettings]) {
        self.stated = stated
    }

    package mutating func value<Value>(
        _ path: KeyPath<StatedSettings, Value?>, _ key: String, else fallback: Value,
        from source: SettingSource? = .paper
    ) -> Value {
        for settings in stated {
            guard let value = settings[keyPath: path] else { continue }
            record(key, settings.source)
            return value
        }
        record(key, source ?? .paper)
        return fallback
    }

    package mutating func record(_ key: String, _ source: SettingSource) { sources[key] = source }
}
