// Drives CCheckedPages under SQLite alone, to be compiled with sanitizers:
//
//     Tests/Crash/pages.sh compiles it so and runs both:
//     ./pages FOLDER FLIPS SEED       flips bytes of a database and its log: each is an error, or changes no answer
//     ./pages FOLDER threads ROUNDS   a writer and readers at once (-fsanitize=thread): every reader sees whole commits
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CCheckedPages.h"

#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
            abort();                                                             \
        }                                                                        \
    } while (0)

static uint64_t state;

static uint32_t next(uint32_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % bound;
}

static int open_database(const char *path, int flags, sqlite3 **database) {
    int rc = sqlite3_open_v2(path, database, flags, NULL);
    int reserved = CP_RESERVED_BYTES;
    if (rc == SQLITE_OK) rc = sqlite3_file_control(*database, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    sqlite3_busy_timeout(*database, 20000);
    sqlite3_extended_result_codes(*database, 1);
    if (rc == SQLITE_OK) rc = sqlite3_exec(*database, "PRAGMA cache_size = 10; PRAGMA mmap_size = 65536", 0, 0, 0);
    return rc;
}

static void run(sqlite3 *database, const char *statement) {
    const int rc = sqlite3_exec(database, statement, 0, 0, 0);
    if (rc != SQLITE_OK) fprintf(stderr, "%s: %s\n", statement, sqlite3_errmsg(database));
    CHECK(rc == SQLITE_OK);
}

/// All rows as one number; SQLite's error where they cannot be read.
static int content(const char *path, uint64_t *digest) {
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    *digest = 14695981039346656037u;
    int rc = open_database(path, SQLITE_OPEN_READWRITE, &database);
    if (rc == SQLITE_OK) rc = sqlite3_prepare_v2(database, "SELECT a, b FROM t ORDER BY a", -1, &statement, 0);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(statement);
        if (rc != SQLITE_ROW) break;
        const unsigned char *text = sqlite3_column_text(statement, 1);
        *digest = (*digest ^ (uint64_t)sqlite3_column_int64(statement, 0)) * 1099511628211u;
        for (size_t i = 0; text && text[i]; i++) *digest = (*digest ^ text[i]) * 1099511628211u;
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

struct copy {
    char *bytes;
    long count;
};

static struct copy read_file(const char *path) {
    struct copy copy = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (!file) return copy;
    fseek(file, 0, SEEK_END);
    copy.count = ftell(file);
    rewind(file);
    copy.bytes = malloc((size_t)copy.count + 1);
    CHECK(copy.bytes && fread(copy.bytes, 1, (size_t)copy.count, file) == (size_t)copy.count);
    fclose(file);
    return copy;
}

static void write_file(const char *path, struct copy copy, long offset, char change) {
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(copy.bytes, 1, (size_t)copy.count, file) == (size_t)copy.count);
    if (offset >= 0) {
        fseek(file, offset, SEEK_SET);
        fputc(copy.bytes[offset] ^ change, file);
    }
    fclose(file);
}

static void flip(const char *folder, long flips) {
    char path[512], log[520], shared[520];
    snprintf(path, sizeof path, "%s/made.sqlite", folder);
    snprintf(log, sizeof log, "%s-wal", path);
    sqlite3 *database;
    CHECK(open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &database) == SQLITE_OK);
    run(database, "PRAGMA journal_mode = WAL; CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE INDEX i ON t(b)");
    struct copy states[3][2];
    for (int part = 0; part < 3; part++) {
        for (int transaction = 0; transaction < 12; transaction++) {
            run(database, "BEGIN");
            for (int i = 0; i < 60; i++) {
                char statement[200];
                snprintf(statement, sizeof statement, "INSERT OR REPLACE INTO t VALUES(%u, printf('%%.*c', %u, 'a') || %u)",
                         next(300), next(6000), next(1000000));
                run(database, statement);
                if (i == 20) run(database, "SAVEPOINT s");
                if (i == 40) run(database, transaction % 3 ? "RELEASE s" : "ROLLBACK TO s; RELEASE s");
            }
            run(database, transaction % 4 == 3 ? "ROLLBACK" : "COMMIT");
        }
        // Everything in the log; a part of it copied into the database; all of it, and new transactions in the log.
        if (part > 0) run(database, part == 1 ? "PRAGMA wal_checkpoint(PASSIVE)" : "PRAGMA wal_checkpoint(RESTART)");
        if (part == 2) run(database, "UPDATE t SET b = b || 'x' WHERE a % 7 = 0; DELETE FROM t WHERE a % 11 = 0");
        states[part][0] = read_file(path);
        states[part][1] = read_file(log);
    }
    sqlite3_close(database);
    snprintf(path, sizeof path, "%s/flipped.sqlite", folder);
    snprintf(log, sizeof log, "%s-wal", path);
    snprintf(shared, sizeof shared, "%s-shm", path);
    long noticed = 0;
    for (int part = 0; part < 3; part++) {
        uint64_t sound = 0, found;
        for (long number = -1; number < flips; number++) {
            const int which = number % 2 == 0;
            struct copy *files = states[part];
            const long offset = number < 0 ? -1 : (long)(next(1u << 30) % (uint32_t)files[which].count);
            const char change = (char)(number % 3 ? 1 << next(8) : 1 + (int)next(255));
            unlink(shared);
            write_file(path, files[0], which == 0 ? offset : -1, change);
            write_file(log, files[1], which == 1 ? offset : -1, change);
            const int rc = content(path, number < 0 ? &sound : &found);
            if (number < 0) {
                CHECK(rc == SQLITE_OK);
            } else if (rc == SQLITE_OK) {
                if (found != sound) fprintf(stderr, "state %d, file %d, byte %ld\n", part, which, offset);
                CHECK(found == sound);
            } else {
                noticed += 1;
            }
        }
        free(states[part][0].bytes);
        free(states[part][1].bytes);
    }
    printf("{\"test\": \"pages\", \"flips\": %ld, \"noticed\": %ld, \"wrong\": 0}\n", 3 * flips, noticed);
}

static char shared_path[512];
static atomic_int ended;

/// The rows of a commit add up to 0.
static void *read_on(void *unused) {
    (void)unused;
    sqlite3 *database;
    CHECK(open_database(shared_path, SQLITE_OPEN_READONLY, &database) == SQLITE_OK);
    sqlite3_stmt *statement;
    CHECK(sqlite3_prepare_v2(database, "SELECT total(a), count(*) FROM t", -1, &statement, 0) == SQLITE_OK);
    while (!ended) {
        CHECK(sqlite3_step(statement) == SQLITE_ROW);
        CHECK(sqlite3_column_double(statement, 0) == 0);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return NULL;
}

static void threads(const char *folder, long rounds) {
    snprintf(shared_path, sizeof shared_path, "%s/threads.sqlite", folder);
    sqlite3 *database;
    CHECK(open_database(shared_path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &database) == SQLITE_OK);
    run(database, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 50; CREATE TABLE t(a, b)");
    pthread_t readers[3];
    for (int i = 0; i < 3; i++) CHECK(pthread_create(&readers[i], NULL, read_on, NULL) == 0);
    for (long round = 0; round < rounds; round++) {
        run(database, "BEGIN");
        for (int i = 0; i < 20; i++) {
            char statement[200];
            const uint32_t value = next(1000);
            snprintf(statement, sizeof statement,
                     "INSERT INTO t VALUES(%u, printf('%%.*c', %u, 'a')), (-%u, ''); DELETE FROM t WHERE abs(a) = %u", value,
                     next(9000), value, next(1000));
            run(database, statement);
        }
        run(database, round % 5 ? "COMMIT" : "ROLLBACK");
    }
    ended = 1;
    for (int i = 0; i < 3; i++) pthread_join(readers[i], NULL);
    run(database, "PRAGMA integrity_check");
    sqlite3_close(database);
    printf("{\"test\": \"pages, threads\", \"rounds\": %ld, \"wrong\": 0}\n", rounds);
}

int main(int count, char **arguments) {
    CHECK(count == 4 && cp_register() == SQLITE_OK);
    state = strcmp(arguments[2], "threads") == 0 ? 1 : strtoull(arguments[3], NULL, 10);
    if (strcmp(arguments[2], "threads") == 0) {
        threads(arguments[1], atol(arguments[3]));
    } else {
        flip(arguments[1], atol(arguments[2]));
    }
}
