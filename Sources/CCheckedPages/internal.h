// What the files of this target share.
#ifndef CP_INTERNAL_H
#define CP_INTERNAL_H

#include <sqlite3.h>

#include "CCheckedPages.h"
#include "CMappings.h"

_Static_assert(CP_ERROR == SQLITE_IOERR_DATA, "the error code is SQLite's");
_Static_assert(CP_LOST == SQLITE_IOERR_SHMLOCK, "the error code is SQLite's");

/// Sizes of SQLite's write-ahead log (https://www.sqlite.org/fileformat2.html#walformat).
#define LOG_HEADER_BYTES 32
#define FRAME_HEADER_BYTES 24
#define FRAME_BYTES (FRAME_HEADER_BYTES + CP_PAGE_BYTES)

/// No frame, or one after all others.
#define NO_FRAME ((sqlite3_int64)-1)
#define LAST_FRAME ((sqlite3_int64)1 << 48)

/// Which file has a path.
struct file_identity {
    uint64_t device, number;
    int is_known;
};

/// An open database or write-ahead log; the underlying file follows it in memory.
struct checked_file {
    sqlite3_file base;
    int is_log;
    /// As SQLite gave it; lives as long as the file.
    const char *path;
    /// Of a database: bytes that are known to be in the file, and which pages of the mapping have been looked at.
    sqlite3_int64 size;
    uint8_t *seen;
    size_t seen_bytes;
    /// Of a database: what SQLite has mapped of it, the largest size it was seen to have, its shared memory and its log.
    const uint8_t *map;
    size_t map_bytes;
    cm_watch *map_watch;
    sqlite3_int64 largest;
    struct shared_memory *memory;
    struct checked_file *log;
    int is_lost;
    /// Which file it is.
    struct file_identity identity;
    /// Of a log: the database it belongs to, and where what was written last ends.
    struct checked_file *database;
    sqlite3_int64 written;
    /// Of a log: the frame whose header was written last and whose page was not yet, and the first of those that the
    /// transaction under way has written again without their headers, whose checksums are behind until it commits.
    sqlite3_int64 announced;
    sqlite3_int64 stale;
    /// The frame that comes next while SQLite looks for the end of the log after a crash: it reads the header and then
    /// frame by frame. It reads whole frames at other times too, to write their checksums again.
    sqlite3_int64 recovering;
};

static inline sqlite3_file *cp_underlying(struct checked_file *file) { return (sqlite3_file *)(file + 1); }

static inline uint32_t cp_big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/// Which file has a path now.
struct file_identity cp_identity(const char *path, sqlite3_int64 *size);
int cp_same_identity(struct file_identity first, struct file_identity second);
/// Whether a database is still the file of its name. One that was moved away with its log and its shared memory is as
/// whole as before, and what now stands beside the name is another's.
int cp_has_its_name(const struct checked_file *database);

/// Takes notice of a region of shared memory; SQLITE_OK or CP_LOST.
int cp_memory_mapped(struct checked_file *database, int region, int size, void *start);
/// Whether parts of the shared memory were missing when they were touched.
int cp_memory_has_failed(struct checked_file *database);
/// Whether the shared memory is not what it was, also where nothing was missed yet.
int cp_memory_is_lost(struct checked_file *database);
/// Before it is unmapped.
void cp_memory_forget(struct checked_file *database);

/// Keeps what was found for `cp_last_damage`; returns the error for SQLite.
int cp_damaged(const char *path, enum cp_damage_kind kind, sqlite3_int64 number);

/// Reading, and taking notice of what is written, of a write-ahead log.
int cp_log_read(struct checked_file *log, void *bytes, int count, sqlite3_int64 offset);
void cp_log_will_write(struct checked_file *log, int count, sqlite3_int64 offset);

/// The log's sums over `count` bytes, a multiple of 8, going on from `sum`.
void cp_log_sum(uint32_t sum[2], const uint8_t *bytes, size_t count);

/// Whether a frame that SQLite is about to take for the end of the log, while it recovers from a crash, is one that was
/// written whole and has been damaged since.
int cp_frame_is_damaged(struct checked_file *log, const uint8_t frame[FRAME_BYTES], sqlite3_int64 number);

#endif
