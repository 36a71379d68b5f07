#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

// SQLite maps a database's shared memory (https://www.sqlite.org/walformat.html#the_wal_index_file_format) once a process.
// Its file may be cut short, deleted or replaced by others; then connections would work with zeros, or with an index of
// the log that nobody else sees. All of it is refused until the last connection of the process has let the mapping go.

#define PATH_BYTES 1024

/// The regions that one connection has been given.
struct shared_memory {
    cm_watch **watches;
    int count;
    int region_bytes;
    struct file_identity identity;
    /// Where its first region lies, by which connections of one process know that they share it.
    const void *start;
    struct shared_memory *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct shared_memory *all;

struct file_identity cp_identity(const char *path, sqlite3_int64 *size) {
    struct stat status;
    struct file_identity identity = {0, 0, 0};
    if (stat(path, &status) != 0) return identity;
    identity.device = (uint64_t)status.st_dev;
    identity.number = (uint64_t)status.st_ino;
    identity.is_known = 1;
    if (size) *size = status.st_size;
    return identity;
}

int cp_same_identity(struct file_identity first, struct file_identity second) {
    return first.is_known && second.is_known && first.device == second.device && first.number == second.number;
}

int cp_has_its_name(const struct checked_file *database) {
    return cp_same_identity(database->identity, cp_identity(database->path, NULL));
}

static struct file_identity memory_file(const struct checked_file *database, sqlite3_int64 *size) {
    char path[PATH_BYTES];
    const int length = snprintf(path, sizeof path, "%s-shm", database->path);
    if (length < 0 || length >= PATH_BYTES) return (struct file_identity){0, 0, 0};
    return cp_identity(path, size);
}

/// Remembers which file was mapped; connections that came later to a mapping take it from those that were there.
static void remember(struct checked_file *database, const void *start) {
    struct shared_memory *memory = database->memory;
    memory->start = start;
    pthread_mutex_lock(&mutex);
    for (const struct shared_memory *other = all; other && !memory->identity.is_known; other = other->next) {
        if (other->start == start) memory->identity = other->identity;
    }
    if (!memory->identity.is_known) memory->identity = memory_file(database, NULL);
    memory->next = all;
    all = memory;
    pthread_mutex_unlock(&mutex);
}

int cp_memory_mapped(struct checked_file *database, int region, int size, void *start) {
    if (!database->memory) database->memory = calloc(1, sizeof *database->memory);
    struct shared_memory *memory = database->memory;
    if (!memory) return SQLITE_NOMEM;
    if (region >= memory->count) {
        cm_watch **watches = realloc(memory->watches, ((size_t)region + 1) * sizeof *watches);
        if (!watches) return SQLITE_NOMEM;
        memset(watches + memory->count, 0, ((size_t)region + 1 - (size_t)memory->count) * sizeof *watches);
        memory->watches = watches;
        memory->count = region + 1;
    }
    memory->region_bytes = size;
    if (region == 0 && !memory->start) remember(database, start);
    if (!memory->watches[region]) memory->watches[region] = cm_watch_begin(start, (size_t)size, 1);
    return cm_watch_has_failed(memory->watches[region]) ? CP_LOST : SQLITE_OK;
}

int cp_memory_has_failed(struct checked_file *database) {
    const struct shared_memory *memory = database->memory;
    if (memory && !database->is_lost && cm_failures() > 0) {
        for (int i = 0; i < memory->count; i++) database->is_lost |= cm_watch_has_failed(memory->watches[i]);
    }
    return database->is_lost;
}

int cp_memory_is_lost(struct checked_file *database) {
    const struct shared_memory *memory = database->memory;
    if (cp_memory_has_failed(database) || !memory) return database->is_lost;
    sqlite3_int64 size = 0;
    const struct file_identity identity = memory_file(database, &size);
    // A part that was cut off within a page is zeros without a signal.
    const int differs = !cp_same_identity(identity, memory->identity)
        || size < (sqlite3_int64)memory->count * memory->region_bytes;
    if (memory->identity.is_known && differs && cp_has_its_name(database)) database->is_lost = 1;
    return database->is_lost;
}

void cp_memory_forget(struct checked_file *database) {
    struct shared_memory *memory = database->memory;
    if (!memory) return;
    pthread_mutex_lock(&mutex);
    for (struct shared_memory **place = &all; *place; place = &(*place)->next) {
        if (*place == memory) {
            *place = memory->next;
            break;
        }
    }
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < memory->count; i++) cm_watch_end(memory->watches[i]);
    free(memory->watches);
    free(memory);
    database->memory = NULL;
}
