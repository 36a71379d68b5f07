import Foundation

/// Which file has a name, so that one that was put in its place is noticed.
struct FileIdentity: Equatable {
    private let device: UInt64
    private let number: UInt64

    /// `nil` where there is no file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of an open file.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }
}

/// The files of an index that is open, by which others that were put in their place by hand are noticed: a folder that
/// was moved away, a copy in its stead, a log or shared memory that was deleted.
///
/// Moving a folder, restoring a copy and deleting a file change no open descriptor, so whoever writes on would write to
/// what has no name any more.
struct OpenedFiles {
    private let folder: IndexFolder
    private var known: [(path: String, identity: FileIdentity)]

    /// - Parameter lock: the writer's lock, where it is held.
    init(_ folder: IndexFolder, lock: FileIdentity? = nil) {
        self.folder = folder
        known = [folder.path, folder.catalogue, folder.catalogue + "-wal", folder.catalogue + "-shm"].compactMap {
            path in
            FileIdentity(path).map { (path, $0) }
        }
        if let lock { known.append((folder.lock, lock)) }
    }

    /// Throws `IndexError` of kind `replaced` unless all of them still have their names.
    func check() throws {
        for (path, identity) in known where FileIdentity(path) != identity {
            throw IndexError(
                .replaced, path,
                "the index was replaced, moved or removed while it was open; nothing of this is stored, send it again")
        }
    }
}
