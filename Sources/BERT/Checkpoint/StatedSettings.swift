/// The settings that one file states; nil for what it leaves out.
///
/// The inner optional of a marker is the value: `.some(nil)` states that there is none.
package struct StatedSettings {
    package let source: SettingSource
    /// The file's own name for the dimension, for messages.
    package var dimensionKey = "colbert.dimension"

    package var queryLength: Int?
    package var passageLength: Int?
    package var crossEncoderLength: Int?
    package var dimension: Int?
    package var usableDimensions: [Int]?
    package var queryMarker: String??
    package var passageMarker: String??
    package var padQueriesWithMask: Bool?
    package var attendsToMask: Bool?
    package var skipInPassages: PassageSkip?
    package var stopWords: [String]?
    package var skipsNonAlphanumeric: Bool?
    package var expansionTerms: Int?

    package init(source: SettingSource) {
        self.source = source
    }
}
