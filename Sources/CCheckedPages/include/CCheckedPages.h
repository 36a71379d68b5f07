/// Checksums on every page of an SQLite database, by way of a virtual file system (https://www.sqlite.org/vfs.html).
///
/// The idea is that of SQLite's own `cksumvfs`: the last eight bytes of a page are reserved for it, which other programs
/// that read the file leave alone. Pages in the write-ahead log are checked against the checksums that SQLite puts there
/// itself and looks at only after a crash. A damaged page is the error `SQLITE_IOERR_DATA` to who reads it.
///
/// All databases that go through it have pages of 4096 bytes, little-endian checksums in their logs, and eight reserved
/// bytes (`SQLITE_FCNTL_RESERVE_BYTES` before anything is written). Nothing of it needs more than SQLite 3.38.
#ifndef CCHECKEDPAGES_H
#define CCHECKEDPAGES_H

#include <stddef.h>
#include <stdint.h>

/// Bytes of a page, and how many of them at its end are reserved.
#define CP_PAGE_BYTES 4096
#define CP_RESERVED_BYTES 8

/// What reading a damaged page fails with, SQLite's `SQLITE_IOERR_DATA`.
#define CP_ERROR 8202

/// What using a database fails with whose log or shared memory others have cut short, deleted or replaced, SQLite's
/// `SQLITE_IOERR_SHMLOCK`. It can be used again once every connection of the process to it has been closed.
#define CP_LOST 5130

/// Opcode for `sqlite3_file_control`: whether the files of an open database are still what they were; into an `int`. To
/// be asked after reading, since what was missing from a mapping has been read as zeros, and before what was written is
/// called durable.
#define CP_CHECK_FILES 0x50535201
enum cp_files_state {
    CP_FILES_ARE_SOUND = 0,
    /// The database has been cut short.
    CP_DATABASE_IS_CUT = 1,
    /// As `CP_LOST` says.
    CP_FILES_ARE_LOST = 2,
};

/// The name of the virtual file system.
#define CP_VFS "checked-pages"

/// Makes it the one that databases are opened with by default; to be called any number of times by any thread.
/// Returns 0 or SQLite's error code.
int cp_register(void);

/// The name of the virtual file system that was the default before, which knows no checksums.
const char *cp_plain_vfs(void);

/// Whether a page holds what was written as page `number`, counted from 1.
int cp_page_is_sound(const void *page, uint32_t number);

/// Puts the checksums into the reserved bytes of page `number`.
void cp_seal_page(void *page, uint32_t number);

/// What a damaged place of a database is.
enum cp_damage_kind {
    /// A page of the database itself.
    CP_DAMAGED_PAGE = 1,
    /// A frame of its write-ahead log.
    CP_DAMAGED_FRAME = 2,
    /// The header of its write-ahead log.
    CP_DAMAGED_LOG_HEADER = 3,
};

/// The last damage that was found in a database, by its path: the kind of it, and the number of the page or frame, counted
/// from 1, in `number`. 0 where none was found.
int cp_last_damage(const char *path, uint32_t *number);

#endif
