#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// A database file ------------------------------------------------------------------------------------------------------

static int read_database(struct checked_file *file, uint8_t *bytes, int count, sqlite3_int64 offset) {
    sqlite3_file *under = cp_underlying(file);
    int rc = under->pMethods->xRead(under, bytes, count, offset);
    // SQLite takes what lies behind the end for zeros; it asks for nothing there but the first page of an empty file.
    if (rc == SQLITE_IOERR_SHORT_READ && offset >= CP_PAGE_BYTES) {
        return cp_damaged(file->path, CP_DAMAGED_PAGE, offset / CP_PAGE_BYTES + 1);
    }
    // Parts of the file's header are read without a lock, perhaps while it is written. They decide nothing before the
    // whole page is read under one.
    if (rc != SQLITE_OK || (offset == 0 && count == 100) || (offset == 24 && count == 16)) return rc;
    const sqlite3_int64 end = offset + count;
    for (sqlite3_int64 start = offset - offset % CP_PAGE_BYTES; start < end; start += CP_PAGE_BYTES) {
        uint8_t whole[CP_PAGE_BYTES];
        const uint8_t *page = bytes + (start - offset);
        if (start < offset || start + CP_PAGE_BYTES > end) {
            rc = under->pMethods->xRead(under, whole, sizeof whole, start);
            if (rc != SQLITE_OK) return rc;
            page = whole;
        }
        const sqlite3_int64 number = start / CP_PAGE_BYTES + 1;
        if (!cp_page_is_sound(page, (uint32_t)number)) return cp_damaged(file->path, CP_DAMAGED_PAGE, number);
    }
    return SQLITE_OK;
}

/// Writes empty pages up to `end`, where the file is shorter: no page of it is ever without a checksum.
static int fill(struct checked_file *file, sqlite3_int64 end) {
    sqlite3_file *under = cp_underlying(file);
    if (end <= file->size) return SQLITE_OK;
    int rc = under->pMethods->xFileSize(under, &file->size);
    // A page that is there in part is not ours to mend.
    sqlite3_int64 start = (file->size + CP_PAGE_BYTES - 1) / CP_PAGE_BYTES * CP_PAGE_BYTES;
    for (; rc == SQLITE_OK && start < end; start += CP_PAGE_BYTES) {
        uint8_t page[CP_PAGE_BYTES] = {0};
        cp_seal_page(page, (uint32_t)(start / CP_PAGE_BYTES + 1));
        rc = under->pMethods->xWrite(under, page, sizeof page, start);
        if (rc == SQLITE_OK) file->size = start + CP_PAGE_BYTES;
    }
    return rc;
}

static int write_database(struct checked_file *file, const uint8_t *bytes, int count, sqlite3_int64 offset) {
    sqlite3_file *under = cp_underlying(file);
    // A database of other pages, or without room for checksums, would be destroyed by them.
    const int is_page = count == CP_PAGE_BYTES && offset % CP_PAGE_BYTES == 0;
    if (!is_page || (offset == 0 && bytes[20] != CP_RESERVED_BYTES)) return SQLITE_IOERR_WRITE;
    int rc = fill(file, offset);
    if (rc != SQLITE_OK) return rc;
    uint8_t page[CP_PAGE_BYTES];
    memcpy(page, bytes, sizeof page);
    cp_seal_page(page, (uint32_t)(offset / CP_PAGE_BYTES + 1));
    rc = under->pMethods->xWrite(under, page, sizeof page, offset);
    if (rc == SQLITE_OK && offset + count > file->size) file->size = offset + count;
    return rc;
}

/// Whether a page of the mapping was sound when it was first asked for.
static int mapped_page_is_sound(struct checked_file *file, const void *page, sqlite3_int64 index) {
    const size_t byte = (size_t)(index / 8);
    const uint8_t bit = (uint8_t)(1u << index % 8);
    if (byte < file->seen_bytes && file->seen[byte] & bit) return 1;
    if (!cp_page_is_sound(page, (uint32_t)(index + 1))) return 0;
    if (byte >= file->seen_bytes) {
        const size_t bytes = byte * 2 + 64;
        uint8_t *seen = realloc(file->seen, bytes);
        if (!seen) return 1;
        memset(seen + file->seen_bytes, 0, bytes - file->seen_bytes);
        file->seen = seen;
        file->seen_bytes = bytes;
    }
    file->seen[byte] |= bit;
    return 1;
}

/// Watches what SQLite has mapped, as far as it has been asked for.
static void watch_map(struct checked_file *file, const uint8_t *page, sqlite3_int64 offset, int count) {
    const uint8_t *start = page - offset;
    const size_t bytes = (size_t)offset + (size_t)count;
    if (start == file->map && bytes <= file->map_bytes) return;
    file->map_bytes = start == file->map || bytes > file->map_bytes ? bytes : file->map_bytes;
    file->map = start;
    if (file->map_watch) {
        cm_watch_move(file->map_watch, start, file->map_bytes);
    } else {
        file->map_watch = cm_watch_begin(start, file->map_bytes, 0);
    }
}

/// Before SQLite takes the mapping down. What has failed is remembered.
static void forget_map(struct checked_file *file) {
    if (file->map_watch) cm_watch_move(file->map_watch, NULL, 0);
    file->map = NULL;
    file->map_bytes = 0;
}

/// Whether a log is not the file that has its name any more.
static int log_is_lost(const struct checked_file *log) {
    return log->identity.is_known && !cp_same_identity(log->identity, cp_identity(log->path, NULL));
}

static enum cp_files_state files_state(struct checked_file *file) {
    sqlite3_file *under = cp_underlying(file);
    sqlite3_int64 size = 0;
    if (under->pMethods->xFileSize(under, &size) == SQLITE_OK) {
        if (size < file->largest) return CP_DATABASE_IS_CUT;
        file->largest = size;
    }
    if (cm_watch_has_failed(file->map_watch)) return CP_DATABASE_IS_CUT;
    if (cp_memory_is_lost(file)) return CP_FILES_ARE_LOST;
    if (file->log && log_is_lost(file->log) && cp_has_its_name(file)) return CP_FILES_ARE_LOST;
    return CP_FILES_ARE_SOUND;
}

/// A log that is shorter than what was written to it has been cut by others: what is written behind the gap would be
/// lost with the next opening.
static int log_is_cut(struct checked_file *log, sqlite3_int64 end) {
    sqlite3_file *under = cp_underlying(log);
    sqlite3_int64 size = 0;
    return under->pMethods->xFileSize(under, &size) == SQLITE_OK && size < end;
}

// Both kinds of files --------------------------------------------------------------------------------------------------

#define SELF struct checked_file *self = (struct checked_file *)file
#define UNDER sqlite3_file *under = cp_underlying((struct checked_file *)file)

static int file_close(sqlite3_file *file) {
    SELF;
    UNDER;
    cp_memory_forget(self);
    cm_watch_end(self->map_watch);
    self->map_watch = NULL;
    if (self->log) self->log->database = NULL;
    if (self->database) self->database->log = NULL;
    self->log = self->database = NULL;
    free(self->seen);
    self->seen = NULL;
    self->seen_bytes = 0;
    return under->pMethods->xClose(under);
}

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    SELF;
    return self->is_log ? cp_log_read(self, bytes, count, offset) : read_database(self, bytes, count, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    SELF;
    UNDER;
    if (!self->is_log) return write_database(self, bytes, count, offset);
    // Once a frame is enough.
    if (count == FRAME_HEADER_BYTES && log_is_cut(self, offset)) return CP_LOST;
    cp_log_will_write(self, count, offset);
    const int rc = under->pMethods->xWrite(under, bytes, count, offset);
    // From its header on a log is written anew.
    if (rc == SQLITE_OK && (offset == 0 || offset + count > self->written)) self->written = offset + count;
    return rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    SELF;
    UNDER;
    if (self->is_log) {
        self->stale = LAST_FRAME;
        if (self->written > size) self->written = size;
    } else {
        const int rc = fill(self, size);
        if (rc != SQLITE_OK) return rc;
        self->size = self->largest = size;
    }
    return under->pMethods->xTruncate(under, size);
}

static int file_sync(sqlite3_file *file, int flags) {
    SELF;
    UNDER;
    const int rc = under->pMethods->xSync(under, flags);
    return rc == SQLITE_OK && self->is_log && log_is_cut(self, self->written) ? CP_LOST : rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    UNDER;
    return under->pMethods->xFileSize(under, size);
}

static int file_lock(sqlite3_file *file, int lock) {
    SELF;
    UNDER;
    // The last connection copies the log into the database and deletes it, by what the shared memory says is in it.
    if (lock == SQLITE_LOCK_EXCLUSIVE && cp_memory_is_lost(self)) return CP_LOST;
    return under->pMethods->xLock(under, lock);
}

static int file_unlock(sqlite3_file *file, int lock) {
    UNDER;
    return under->pMethods->xUnlock(under, lock);
}

static int file_check_lock(sqlite3_file *file, int *result) {
    UNDER;
    return under->pMethods->xCheckReservedLock(under, result);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    SELF;
    UNDER;
    // Only a hint, which would make pages without checksums.
    if (operation == SQLITE_FCNTL_SIZE_HINT && !self->is_log) return SQLITE_OK;
    if (operation == CP_CHECK_FILES && !self->is_log) {
        *(int *)argument = (int)files_state(self);
        return SQLITE_OK;
    }
    if (operation == SQLITE_FCNTL_MMAP_SIZE) forget_map(self);
    return under->pMethods->xFileControl(under, operation, argument);
}

static int file_sector_size(sqlite3_file *file) {
    UNDER;
    return under->pMethods->xSectorSize(under);
}

static int file_characteristics(sqlite3_file *file) {
    UNDER;
    return under->pMethods->xDeviceCharacteristics(under);
}

static int file_map_shared(sqlite3_file *file, int region, int size, int extend, void volatile **memory) {
    SELF;
    UNDER;
    const int rc = under->pMethods->xShmMap(under, region, size, extend, memory);
    if (rc != SQLITE_OK || !*memory) return rc;
    const int noticed = cp_memory_mapped(self, region, size, (void *)*memory);
    if (noticed != SQLITE_OK) *memory = NULL;
    return noticed;
}

static int file_lock_shared(sqlite3_file *file, int offset, int count, int flags) {
    SELF;
    UNDER;
    // Whoever begins something with memory that is no longer shared is refused; what ends gives its locks back. Readers
    // are asked when they are done, writers and checkpoints must not begin.
    if ((flags & SQLITE_SHM_LOCK) && (flags & SQLITE_SHM_EXCLUSIVE ? cp_memory_is_lost(self) : cp_memory_has_failed(self))) {
        return CP_LOST;
    }
    return under->pMethods->xShmLock(under, offset, count, flags);
}

static void file_barrier(sqlite3_file *file) {
    UNDER;
    under->pMethods->xShmBarrier(under);
}

static int file_unmap_shared(sqlite3_file *file, int deletes) {
    SELF;
    UNDER;
    cp_memory_forget(self);
    return under->pMethods->xShmUnmap(under, deletes);
}

static int file_fetch(sqlite3_file *file, sqlite3_int64 offset, int count, void **page) {
    SELF;
    UNDER;
    *page = NULL;
    // SQLite reads what it cannot have mapped.
    if (self->is_log || count != CP_PAGE_BYTES || offset % CP_PAGE_BYTES != 0) return SQLITE_OK;
    const int rc = under->pMethods->xFetch(under, offset, count, page);
    if (rc == SQLITE_OK && *page) watch_map(self, *page, offset, count);
    if (rc == SQLITE_OK && *page && !mapped_page_is_sound(self, *page, offset / CP_PAGE_BYTES)) {
        void *const damaged = *page;
        *page = NULL;
        return under->pMethods->xUnfetch(under, offset, damaged);
    }
    return rc;
}

static int file_unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page) {
    SELF;
    UNDER;
    if (!page) forget_map(self);
    return under->pMethods->xUnfetch(under, offset, page);
}

static const sqlite3_io_methods methods = {
    3, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock,
    file_check_lock, file_control, file_sector_size, file_characteristics, file_map_shared, file_lock_shared,
    file_barrier, file_unmap_shared, file_fetch, file_unfetch,
};

// The file system ------------------------------------------------------------------------------------------------------

static sqlite3_vfs *plain(sqlite3_vfs *vfs) { return vfs->pAppData; }

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out) {
    // Journals, temporary files and the like are SQLite's own affair.
    if (!(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))) return plain(vfs)->xOpen(plain(vfs), path, file, flags, out);
    SELF;
    UNDER;
    memset(self, 0, sizeof *self);
    self->is_log = (flags & SQLITE_OPEN_WAL) != 0;
    self->path = path ? path : "";
    self->announced = self->recovering = NO_FRAME;
    self->stale = LAST_FRAME;
    const int rc = plain(vfs)->xOpen(plain(vfs), path, under, flags, out);
    if (under->pMethods && under->pMethods->iVersion < 3) {
        under->pMethods->xClose(under);
        return SQLITE_CANTOPEN;
    }
    if (rc == SQLITE_OK && path) self->identity = cp_identity(path, NULL);
    if (rc == SQLITE_OK && self->is_log && path) {
        struct checked_file *database = (struct checked_file *)sqlite3_database_file_object(path);
        if (database && database->base.pMethods == &methods) {
            self->database = database;
            database->log = self;
        }
    }
    // SQLite closes a file that has methods, also one that could not be opened.
    file->pMethods = under->pMethods ? &methods : NULL;
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncs) { return plain(vfs)->xDelete(plain(vfs), path, syncs); }

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    return plain(vfs)->xAccess(plain(vfs), path, flags, result);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int count, char *full) {
    return plain(vfs)->xFullPathname(plain(vfs), path, count, full);
}

static void *vfs_open_library(sqlite3_vfs *vfs, const char *path) { return plain(vfs)->xDlOpen(plain(vfs), path); }

static void vfs_library_error(sqlite3_vfs *vfs, int count, char *message) {
    plain(vfs)->xDlError(plain(vfs), count, message);
}

static void (*vfs_symbol(sqlite3_vfs *vfs, void *library, const char *name))(void) {
    return plain(vfs)->xDlSym(plain(vfs), library, name);
}

static void vfs_close_library(sqlite3_vfs *vfs, void *library) { plain(vfs)->xDlClose(plain(vfs), library); }

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    return plain(vfs)->xRandomness(plain(vfs), count, bytes);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) { return plain(vfs)->xSleep(plain(vfs), microseconds); }

static int vfs_time(sqlite3_vfs *vfs, double *days) { return plain(vfs)->xCurrentTime(plain(vfs), days); }

static int vfs_last_error(sqlite3_vfs *vfs, int count, char *message) {
    return plain(vfs)->xGetLastError(plain(vfs), count, message);
}

static int vfs_time_64(sqlite3_vfs *vfs, sqlite3_int64 *milliseconds) {
    return plain(vfs)->xCurrentTimeInt64(plain(vfs), milliseconds);
}

static sqlite3_vfs checked = {
    .iVersion = 2,
    .zName = CP_VFS,
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xDlOpen = vfs_open_library,
    .xDlError = vfs_library_error,
    .xDlSym = vfs_symbol,
    .xDlClose = vfs_close_library,
    .xRandomness = vfs_randomness,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time_64,
};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int registered;

static void register_once(void) {
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (!system || system->iVersion < 2) {
        registered = SQLITE_CANTOPEN;
        return;
    }
    checked.pAppData = system;
    checked.mxPathname = system->mxPathname;
    checked.szOsFile = (int)sizeof(struct checked_file) + system->szOsFile;
    registered = sqlite3_vfs_register(&checked, 1);
}

int cp_register(void) {
    pthread_once(&once, register_once);
    return registered;
}

const char *cp_plain_vfs(void) { return cp_register() == SQLITE_OK ? plain(&checked)->zName : NULL; }
