// Compressed posting lists; internal to this target. `docs/formats.md` describes the bytes.
#ifndef PK_POSTINGS_H
#define PK_POSTINGS_H

#include "dispatch.h"

enum {
    POSTINGS_BLOCK = PK_POSTINGS_BLOCK,
    /// Pairs of term frequency and length that bound a block's scores.
    POSTINGS_PAIRS = 4,
    /// A pair's term frequency that stands for itself and everything above.
    POSTINGS_ANY_TF = 255,
};

/// What is known of a block without decoding it. Entries are read where they lie, so they have no alignment.
typedef struct __attribute__((packed)) {
    uint32_t last;
    uint32_t offset;
    uint8_t gap_bits;
    uint8_t tf_bits;
    uint8_t reserved[2];
    uint8_t tf[POSTINGS_PAIRS];
    uint16_t length[POSTINGS_PAIRS];
} postings_entry;

/// Walks one list forward, a block at a time.
typedef struct {
    const postings_entry *entries;
    const uint8_t *data;
    size_t size;
    uint32_t count;
    uint32_t blocks;
    /// The block that the walk has reached; `blocks` at the end.
    uint32_t block;
    /// The block that `numbers` and `tfs` hold.
    uint32_t decoded;
    uint32_t decoded_tfs;
    /// Postings in the decoded block, and the first that has not been passed.
    uint32_t filled;
    uint32_t position;
    /// Where the frequencies of the decoded block lie and how wide they are, as they were checked: a file may change
    /// while it is mapped.
    const uint8_t *packed_tfs;
    unsigned tf_bits;
    uint32_t numbers[POSTINGS_BLOCK];
    uint32_t tfs[POSTINGS_BLOCK];
} postings_cursor;

/// Opens a list. Nonzero where its bytes cannot be a list of that many postings.
int postings_open(postings_cursor *cursor, const pk_postings *list);

/// Decodes the numbers of the block that the walk has reached. Nonzero where the bytes are damaged.
int postings_decode(postings_cursor *cursor);

/// Decodes the term frequencies of the decoded block.
void postings_decode_tfs(postings_cursor *cursor);

/// Walks to the first posting with that number or a larger one, decoding its block.
int postings_seek(postings_cursor *cursor, uint32_t number);

/// The last number of a block, of which short lists have one.
static inline uint32_t postings_last(const postings_cursor *cursor, uint32_t block) {
    return cursor->entries ? cursor->entries[block].last : cursor->numbers[cursor->count - 1];
}

/// How many of a decoded block's numbers are smaller than `number`.
static inline uint32_t postings_rank(const uint32_t *numbers, uint32_t count, uint32_t number) {
    uint32_t low = 0;
    for (uint32_t step = POSTINGS_BLOCK / 2; step; step /= 2)
        if (low + step <= count && numbers[low + step - 1] < number) low += step;
    return low < count && numbers[low] < number ? low + 1 : low;
}

#endif
