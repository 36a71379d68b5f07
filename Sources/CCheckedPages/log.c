#include <string.h>

#include "internal.h"

void cp_log_sum(uint32_t sum[2], const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i += 8) {
        uint32_t words[2];
        memcpy(words, bytes + i, sizeof words);
        sum[0] += words[0] + sum[1];
        sum[1] += words[1] + sum[0];
    }
}

static sqlite3_int64 frame_offset(sqlite3_int64 frame) { return LOG_HEADER_BYTES + frame * FRAME_BYTES; }

static int read_underlying(struct checked_file *log, void *bytes, int count, sqlite3_int64 offset) {
    sqlite3_file *file = cp_underlying(log);
    return file->pMethods->xRead(file, bytes, count, offset);
}

/// The sums that a frame's go on from: those of the frame before, or of the log's header.
static int read_sums_before(struct checked_file *log, sqlite3_int64 frame, uint32_t sum[2]) {
    uint8_t stored[8];
    const sqlite3_int64 offset = frame == 0 ? LOG_HEADER_BYTES - 8 : frame_offset(frame - 1) + 16;
    const int rc = read_underlying(log, stored, sizeof stored, offset);
    sum[0] = cp_big_endian(stored);
    sum[1] = cp_big_endian(stored + 4);
    return rc;
}

static int sums_equal(const uint32_t sum[2], const uint8_t *stored) {
    return sum[0] == cp_big_endian(stored) && sum[1] == cp_big_endian(stored + 4);
}

/// Whether a frame's sums follow from those before it.
static int frame_is_sound(const uint32_t before[2], const uint8_t header[FRAME_HEADER_BYTES], const uint8_t *page) {
    uint32_t sum[2] = {before[0], before[1]};
    cp_log_sum(sum, header, 8);
    cp_log_sum(sum, page, CP_PAGE_BYTES);
    return sums_equal(sum, header + 16);
}

static int check_page(struct checked_file *log, const uint8_t *page, sqlite3_int64 frame) {
    uint32_t before[2];
    uint8_t header[FRAME_HEADER_BYTES];
    int rc = read_sums_before(log, frame, before);
    if (rc == SQLITE_OK) rc = read_underlying(log, header, sizeof header, frame_offset(frame));
    if (rc != SQLITE_OK) return rc;
    return frame_is_sound(before, header, page) ? SQLITE_OK : cp_damaged(log->path, CP_DAMAGED_FRAME, frame + 1);
}

/// A header is within a sector, so that it is written whole or not at all; where it is not there, nothing was committed.
static int check_header(struct checked_file *log, const uint8_t *header) {
    static const uint8_t absent[LOG_HEADER_BYTES];
    uint32_t sum[2] = {0, 0};
    cp_log_sum(sum, header, LOG_HEADER_BYTES - 8);
    if (sums_equal(sum, header + LOG_HEADER_BYTES - 8) || memcmp(header, absent, sizeof absent) == 0) return SQLITE_OK;
    return cp_damaged(log->path, CP_DAMAGED_LOG_HEADER, 1);
}

int cp_log_read(struct checked_file *log, void *bytes, int count, sqlite3_int64 offset) {
    const sqlite3_int64 expected = log->recovering;
    log->announced = log->recovering = NO_FRAME;
    const int rc = read_underlying(log, bytes, count, offset);
    if (rc != SQLITE_OK) return rc;
    if (offset == 0 && count == LOG_HEADER_BYTES) {
        log->recovering = 0;
        return check_header(log, bytes);
    }
    if (offset < LOG_HEADER_BYTES) return rc;
    const sqlite3_int64 frame = (offset - LOG_HEADER_BYTES) / FRAME_BYTES;
    if (count == CP_PAGE_BYTES && offset == frame_offset(frame) + FRAME_HEADER_BYTES && frame < log->stale) {
        return check_page(log, bytes, frame);
    }
    if (count == FRAME_BYTES && offset == frame_offset(frame) && frame == expected) {
        if (cp_frame_is_damaged(log, bytes, frame)) return cp_damaged(log->path, CP_DAMAGED_FRAME, frame + 1);
        log->recovering = frame + 1;
    }
    return rc;
}

void cp_log_will_write(struct checked_file *log, int count, sqlite3_int64 offset) {
    const sqlite3_int64 frame = (offset - LOG_HEADER_BYTES) / FRAME_BYTES;
    const sqlite3_int64 announced = log->announced;
    log->announced = log->recovering = NO_FRAME;
    if (offset < LOG_HEADER_BYTES) {
        log->stale = LAST_FRAME;
    } else if (count == FRAME_HEADER_BYTES && offset == frame_offset(frame)) {
        log->announced = frame;
        // Headers are written again from the first stale one on.
        if (frame <= log->stale) log->stale = LAST_FRAME;
    } else if (frame != announced && frame < log->stale) {
        log->stale = frame;
    }
}
