#include <string.h>

#include "postings.h"

// A list of fewer than 128 postings:  first number (4 bytes), gap bits, tf bits, gaps after the first, frequencies.
// A longer one: an entry a block, then the blocks' bytes. Stored are gaps less one and frequencies less one, since
// neither is ever 0. Blocks of 128 are packed vertically, the rest of a list bit after bit.
enum {
    SHORT_HEADER = 6,
    /// Bits of gaps of which a block has less than 2^32 in all.
    NARROW_GAPS = 24,
};

static unsigned width(uint32_t largest) { return largest ? 32 - (unsigned)__builtin_clz(largest) : 0; }

static uint32_t all_bits(const uint32_t *values, uint32_t count) {
    uint32_t bits = 0;
    for (uint32_t i = 0; i < count; i++) bits |= values[i];
    return bits;
}

static size_t packed_bytes(uint32_t count, unsigned bits) { return ((size_t)count * bits + 7) / 8; }

static uint8_t *append_bits(uint8_t *out, const uint32_t *values, uint32_t count, unsigned bits) {
    memset(out, 0, packed_bytes(count, bits));
    for (uint32_t i = 0; i < count; i++)
        for (unsigned bit = 0; bit < bits; bit++) {
            size_t at = (size_t)i * bits + bit;
            out[at / 8] |= (uint8_t)((values[i] >> bit & 1) << at % 8);
        }
    return out + packed_bytes(count, bits);
}

/// Reads up to seven bytes after the last value.
static void read_bits(const uint8_t *packed, uint32_t count, unsigned bits, uint32_t *values) {
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (uint32_t i = 0; i < count; i++) {
        size_t at = (size_t)i * bits;
        uint64_t word;
        memcpy(&word, packed + at / 8, 8);
        values[i] = (uint32_t)(word >> at % 8 & mask);
    }
}

/// Fills in the pairs that no posting of the block beats: none has at least the frequency and at most the length.
static void bound(postings_entry *entry, const uint32_t *numbers, const uint32_t *tfs, uint32_t count,
                  const uint32_t *lengths) {
    uint32_t shortest[POSTINGS_ANY_TF + 1];
    memset(shortest, 0xFF, sizeof shortest);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t tf = tfs[i] < POSTINGS_ANY_TF ? tfs[i] : POSTINGS_ANY_TF, length = lengths[numbers[i]];
        if (length < shortest[tf]) shortest[tf] = length;
    }
    unsigned pairs = 0;
    uint32_t best = UINT32_MAX;
    for (unsigned tf = POSTINGS_ANY_TF; tf > 0; tf--) {
        if (shortest[tf] >= best) continue;
        best = shortest[tf];
        uint16_t length = best < UINT16_MAX ? (uint16_t)best : UINT16_MAX;
        // Where there are too many, the lower frequencies join the last pair: a looser bound, and still one.
        if (pairs < POSTINGS_PAIRS) entry->tf[pairs++] = (uint8_t)tf;
        entry->length[pairs - 1] = length;
    }
}

size_t pk_postings_capacity(size_t count) { return SHORT_HEADER + count * 8 + (count / POSTINGS_BLOCK + 1) * 48; }

static size_t encode_short(const uint32_t *numbers, const uint32_t *tfs, uint32_t count, uint8_t *out) {
    uint32_t gaps[POSTINGS_BLOCK], counts[POSTINGS_BLOCK];
    for (uint32_t i = 0; i < count; i++) {
        if (i) gaps[i - 1] = numbers[i] - numbers[i - 1] - 1;
        counts[i] = tfs[i] - 1;
    }
    memcpy(out, &numbers[0], 4);
    out[4] = (uint8_t)width(all_bits(gaps, count - 1));
    out[5] = (uint8_t)width(all_bits(counts, count));
    uint8_t *end = append_bits(out + SHORT_HEADER, gaps, count - 1, out[4]);
    return (size_t)(append_bits(end, counts, count, out[5]) - out);
}

size_t pk_postings_encode(const uint32_t *numbers, const uint32_t *tfs, size_t count, const uint32_t *lengths,
                          uint8_t *out) {
    if (!count || count > UINT32_MAX) return 0;
    if (count < POSTINGS_BLOCK) return encode_short(numbers, tfs, (uint32_t)count, out);
    size_t blocks = (count + POSTINGS_BLOCK - 1) / POSTINGS_BLOCK;
    postings_entry *entries = (postings_entry *)out;
    uint8_t *data = out + blocks * sizeof *entries, *end = data;
    uint32_t before = UINT32_MAX;
    for (size_t block = 0; block < blocks; block++) {
        size_t first = block * POSTINGS_BLOCK;
        uint32_t size = (uint32_t)(count - first < POSTINGS_BLOCK ? count - first : POSTINGS_BLOCK);
        uint32_t gaps[POSTINGS_BLOCK], counts[POSTINGS_BLOCK];
        for (uint32_t i = 0; i < size; i++) {
            gaps[i] = numbers[first + i] - before - 1;
            before = numbers[first + i];
            counts[i] = tfs[first + i] - 1;
        }
        postings_entry entry = {.last = before, .offset = (uint32_t)(end - data)};
        entry.gap_bits = (uint8_t)width(all_bits(gaps, size));
        entry.tf_bits = (uint8_t)width(all_bits(counts, size));
        bound(&entry, numbers + first, tfs + first, size, lengths);
        if (size == POSTINGS_BLOCK) {
            pk_postings_pack(gaps, entry.gap_bits, end);
            pk_postings_pack(counts, entry.tf_bits, end + entry.gap_bits * 16);
            end += (entry.gap_bits + entry.tf_bits) * 16;
        } else {
            end = append_bits(append_bits(end, gaps, size, entry.gap_bits), counts, size, entry.tf_bits);
        }
        memcpy(&entries[block], &entry, sizeof entry);
    }
    return (size_t)(end - out);
}

int postings_open(postings_cursor *cursor, const pk_postings *list) {
    cursor->entries = NULL;
    cursor->data = list->bytes;
    cursor->size = list->size;
    cursor->count = list->count;
    cursor->blocks = list->count / POSTINGS_BLOCK + (list->count % POSTINGS_BLOCK != 0);
    cursor->block = cursor->position = cursor->filled = 0;
    cursor->decoded = cursor->decoded_tfs = UINT32_MAX;
    if (!list->count) return PK_OK;
    if (list->count >= POSTINGS_BLOCK) {
        size_t directory = cursor->blocks * sizeof(postings_entry);
        if (list->size < directory) return PK_DAMAGED;
        cursor->entries = (const postings_entry *)list->bytes;
        cursor->data += directory;
        cursor->size -= directory;
        return PK_OK;
    }
    return list->size < SHORT_HEADER ? PK_DAMAGED : postings_decode(cursor);
}

/// Whether each number is larger than the one before. A passage twice in a list would gain more than the list can give.
static int ascends(const uint32_t *numbers, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        if (numbers[i] <= numbers[i - 1]) return 0;
    return 1;
}

static int decode_short(postings_cursor *cursor) {
    unsigned gap_bits = cursor->data[4], tf_bits = cursor->data[5];
    size_t gaps = packed_bytes(cursor->count - 1, gap_bits);
    if (gap_bits > 32 || tf_bits > 32 || SHORT_HEADER + gaps + packed_bytes(cursor->count, tf_bits) > cursor->size)
        return PK_DAMAGED;
    memcpy(&cursor->numbers[0], cursor->data, 4);
    read_bits(cursor->data + SHORT_HEADER, cursor->count - 1, gap_bits, cursor->numbers + 1);
    for (uint32_t i = 1; i < cursor->count; i++) cursor->numbers[i] += cursor->numbers[i - 1] + 1;
    if (gap_bits > NARROW_GAPS ? !ascends(cursor->numbers, cursor->count)
                               : cursor->numbers[cursor->count - 1] < cursor->numbers[0]) {
        return PK_DAMAGED;
    }
    cursor->filled = cursor->count;
    cursor->packed_tfs = cursor->data + SHORT_HEADER + gaps;
    cursor->tf_bits = tf_bits;
    return PK_OK;
}

int postings_decode(postings_cursor *cursor) {
    if (cursor->decoded == cursor->block) return PK_OK;
    cursor->position = 0;
    if (!cursor->entries) {
        int status = decode_short(cursor);
        if (status == PK_OK) cursor->decoded = cursor->block;
        return status;
    }
    const postings_entry checked = cursor->entries[cursor->block], *entry = &checked;
    uint32_t size = cursor->count - cursor->block * POSTINGS_BLOCK;
    if (size > POSTINGS_BLOCK) size = POSTINGS_BLOCK;
    size_t bytes = packed_bytes(size, entry->gap_bits) + packed_bytes(size, entry->tf_bits);
    if (entry->gap_bits > 32 || entry->tf_bits > 32 || entry->offset > cursor->size ||
        bytes > cursor->size - entry->offset)
        return PK_DAMAGED;
    uint32_t before = cursor->block ? cursor->entries[cursor->block - 1].last : UINT32_MAX;
    if (cursor->block && entry->last <= before) return PK_DAMAGED;
    if (size == POSTINGS_BLOCK) {
        pk_postings_unpack_gaps(cursor->data + entry->offset, entry->gap_bits, before, cursor->numbers);
    } else {
        read_bits(cursor->data + entry->offset, size, entry->gap_bits, cursor->numbers);
        for (uint32_t i = 0; i < size; i++) cursor->numbers[i] = before += cursor->numbers[i] + 1;
    }
    if (cursor->numbers[size - 1] != entry->last) return PK_DAMAGED;
    // Narrow gaps add up to less than 2^32, so that numbers which end where they should have not wrapped around.
    if (entry->gap_bits > NARROW_GAPS && !ascends(cursor->numbers, size)) return PK_DAMAGED;
    cursor->filled = size;
    cursor->packed_tfs = cursor->data + entry->offset + packed_bytes(size, entry->gap_bits);
    cursor->tf_bits = entry->tf_bits;
    cursor->decoded = cursor->block;
    return PK_OK;
}

void postings_decode_tfs(postings_cursor *cursor) {
    if (cursor->decoded_tfs == cursor->decoded) return;
    if (cursor->filled == POSTINGS_BLOCK)
        pk_postings_unpack(cursor->packed_tfs, cursor->tf_bits, cursor->tfs);
    else
        read_bits(cursor->packed_tfs, cursor->filled, cursor->tf_bits, cursor->tfs);
    // A frequency of 2^32 would be none, which has no gain.
    for (uint32_t i = 0; i < cursor->filled; i++) cursor->tfs[i] += cursor->tfs[i] != UINT32_MAX;
    cursor->decoded_tfs = cursor->decoded;
}

int postings_seek(postings_cursor *cursor, uint32_t number) {
    while (cursor->block < cursor->blocks && postings_last(cursor, cursor->block) < number) cursor->block++;
    if (cursor->block == cursor->blocks) return PK_OK;
    int status = postings_decode(cursor);
    if (status == PK_OK) cursor->position = postings_rank(cursor->numbers, cursor->filled, number);
    return status;
}

int pk_postings_decode(const pk_postings *list, uint32_t *numbers, uint32_t *tfs) {
    postings_cursor cursor;
    int status = postings_open(&cursor, list);
    for (uint32_t done = 0; status == PK_OK && cursor.block < cursor.blocks; cursor.block++) {
        status = postings_decode(&cursor);
        if (status != PK_OK) break;
        postings_decode_tfs(&cursor);
        memcpy(numbers + done, cursor.numbers, cursor.filled * sizeof *numbers);
        memcpy(tfs + done, cursor.tfs, cursor.filled * sizeof *tfs);
        done += cursor.filled;
    }
    return status;
}

int pk_postings_frequencies(const pk_postings *list, const uint32_t *numbers, size_t count, uint32_t *tfs) {
    postings_cursor cursor;
    int status = postings_open(&cursor, list);
    for (size_t i = 0; i < count; i++) {
        tfs[i] = 0;
        if (status == PK_OK && cursor.block < cursor.blocks) status = postings_seek(&cursor, numbers[i]);
        if (status != PK_OK || cursor.block == cursor.blocks || cursor.position >= cursor.filled ||
            cursor.numbers[cursor.position] != numbers[i])
            continue;
        postings_decode_tfs(&cursor);
        tfs[i] = cursor.tfs[cursor.position];
    }
    return status;
}
