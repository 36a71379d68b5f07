/// Why a measure is none, in words.
public struct MeasureError: Error, CustomStringConvertible, Equatable {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
