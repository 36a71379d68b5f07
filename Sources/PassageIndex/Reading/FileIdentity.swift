import Foundation

/// Which file has the catalogue's name, so that a restored one is noticed.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64
    /// Size and time of the last change where SQLite was told that nothing changes; they would show that it was wrong.
    private let content: [Int]

    /// `nil` where there is no file.
    init?(_ folder: IndexFolder) {
        var status = stat()
        guard stat(folder.catalogue, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
        content = folder.isOnReadOnlyMedia ? [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec] : []
    }
}
