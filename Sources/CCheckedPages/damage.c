#include <pthread.h>
#include <string.h>

#include "internal.h"

/// So many databases are remembered; an older one makes room.
#define REMEMBERED 16
#define PATH_BYTES 1024

struct damage {
    char path[PATH_BYTES];
    enum cp_damage_kind kind;
    uint32_t number;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct damage found[REMEMBERED];
static size_t next_place;

/// A database's path and its log's differ in how they end.
static size_t name_length(const char *path) {
    const size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, "-wal") == 0 ? length - 4 : length;
}

static struct damage *find(const char *path) {
    const size_t length = name_length(path);
    for (size_t i = 0; i < REMEMBERED; i++) {
        if (found[i].kind != 0 && strlen(found[i].path) == length && memcmp(found[i].path, path, length) == 0) {
            return &found[i];
        }
    }
    return NULL;
}

int cp_damaged(const char *path, enum cp_damage_kind kind, sqlite3_int64 number) {
    const size_t length = name_length(path);
    sqlite3_log(SQLITE_IOERR_DATA, "checksum failure in \"%s\", place %lld", path, (long long)number);
    if (length >= PATH_BYTES) return SQLITE_IOERR_DATA;
    pthread_mutex_lock(&mutex);
    struct damage *damage = find(path);
    if (!damage) {
        damage = &found[next_place];
        next_place = (next_place + 1) % REMEMBERED;
    }
    memcpy(damage->path, path, length);
    damage->path[length] = 0;
    damage->kind = kind;
    damage->number = (uint32_t)number;
    pthread_mutex_unlock(&mutex);
    return SQLITE_IOERR_DATA;
}

int cp_last_damage(const char *path, uint32_t *number) {
    pthread_mutex_lock(&mutex);
    const struct damage *damage = find(path);
    const int kind = damage ? (int)damage->kind : 0;
    if (damage) *number = damage->number;
    pthread_mutex_unlock(&mutex);
    return kind;
}
