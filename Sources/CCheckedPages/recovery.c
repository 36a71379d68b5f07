#include <string.h>

#include "internal.h"

// After a crash SQLite takes the first frame that does not fit for the end of the log. That is right where the machine
// stopped while the frame was written, and wrong where the frame was whole, perhaps acknowledged, and one of its bytes has
// changed since: then what was committed would be gone, and, where the log had been copied into the database in part,
// pages of different states would come together. Two things tell them apart: a byte that explains the difference, and
// commits that came later, since a commit is synced before the next begins. Two must have come: the first transaction of a
// log may be one that a library makes to have a log at all, and does not sync.

static int differing_bytes(const uint8_t *first, const uint8_t *second, size_t count) {
    int differing = 0;
    for (size_t i = 0; i < count; i++) differing += first[i] != second[i];
    return differing;
}

static void store_sum(const uint32_t sum[2], uint8_t bytes[8]) {
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(sum[i / 4] >> (24 - 8 * (i % 4)));
}

/// Whether another value of one byte of the summed words, 8 of the header and the page, would give the stored sums.
///
/// The sums are linear: a difference in a word reaches the end multiplied by two numbers that depend only on how many
/// words follow.
static int one_byte_explains(uint32_t first, uint32_t second) {
    // What a difference of 1 in the word looked at adds to the sums; from the last word to the first.
    uint32_t odd[2] = {0, 1}, even[2] = {1, 1};
    for (int pair = 0; pair < (8 + CP_PAGE_BYTES) / 8; pair++) {
        const uint32_t *words[2] = {even, odd};
        for (int word = 0; word < 2; word++) {
            for (int byte = 0; byte < 4; byte++) {
                for (uint32_t value = 1; value < 256; value++) {
                    const uint32_t difference = value << 8 * byte;
                    const uint32_t x = words[word][0] * difference, y = words[word][1] * difference;
                    if ((x == first && y == second) || (0u - x == first && 0u - y == second)) return 1;
                }
            }
        }
        // One pair of words further from the end: (s0, s1) becomes (s0 + s1, s0 + 2 s1).
        for (int word = 0; word < 2; word++) {
            uint32_t *sums = word == 0 ? even : odd;
            const uint32_t s0 = sums[0] + sums[1];
            sums[1] += s0;
            sums[0] = s0;
        }
    }
    return 0;
}

/// Whether frames after this one show that two transactions were committed after it and a third was begun.
static int commits_follow(struct checked_file *log, const uint8_t *salts, sqlite3_int64 frame, const uint8_t *sums) {
    sqlite3_file *under = cp_underlying(log);
    uint8_t next[FRAME_BYTES];
    uint32_t before[2] = {cp_big_endian(sums), cp_big_endian(sums + 4)};
    int commits = 0;
    for (;;) {
        frame += 1;
        const int rc = under->pMethods->xRead(under, next, sizeof next, LOG_HEADER_BYTES + frame * FRAME_BYTES);
        if (rc != SQLITE_OK || memcmp(next + 8, salts, 8) != 0) return 0;
        cp_log_sum(before, next, 8);
        cp_log_sum(before, next + FRAME_HEADER_BYTES, CP_PAGE_BYTES);
        const uint32_t stored[2] = {cp_big_endian(next + 16), cp_big_endian(next + 20)};
        const int follows = before[0] == stored[0] && before[1] == stored[1];
        if (follows && commits == 2) return 1;
        commits = follows ? commits + (cp_big_endian(next + 4) != 0) : 0;
        before[0] = stored[0];
        before[1] = stored[1];
    }
}

int cp_frame_is_damaged(struct checked_file *log, const uint8_t frame[FRAME_BYTES], sqlite3_int64 number) {
    uint8_t header[LOG_HEADER_BYTES], before[8], expected[8];
    sqlite3_file *under = cp_underlying(log);
    const sqlite3_int64 sums = number == 0 ? 24 : LOG_HEADER_BYTES + (number - 1) * FRAME_BYTES + 16;
    if (under->pMethods->xRead(under, header, sizeof header, 0) != SQLITE_OK) return 0;
    if (under->pMethods->xRead(under, before, sizeof before, sums) != SQLITE_OK) return 0;
    uint32_t sum[2] = {cp_big_endian(before), cp_big_endian(before + 4)};
    cp_log_sum(sum, frame, 8);
    cp_log_sum(sum, frame + FRAME_HEADER_BYTES, CP_PAGE_BYTES);
    store_sum(sum, expected);
    // Salts of an older use of the log differ in more than a byte.
    const int salts = differing_bytes(frame + 8, header + 16, 8);
    const int wrong = differing_bytes(frame + 16, expected, 8);
    if (salts == 0 && wrong == 0) return 0;
    if (wrong == 0) return salts == 1;
    if (salts != 0) return 0;
    return wrong == 1 || one_byte_explains(cp_big_endian(frame + 16) - sum[0], cp_big_endian(frame + 20) - sum[1])
        || commits_follow(log, header + 16, number, frame + 16);
}
