// The best so many passages of a stream; internal to this target.
#ifndef PK_TOP_PASSAGES_H
#define PK_TOP_PASSAGES_H

#include <stddef.h>
#include <stdint.h>

enum { TOP_BUCKETS = 4096 };

/// A passage and its score in one number, larger for the better one: the score, then the inverse of the number.
typedef uint64_t top_key;

static inline top_key top_make_key(uint32_t number, uint32_t score) { return (uint64_t)score << 32 | (uint32_t)~number; }
static inline uint32_t top_score(top_key key) { return (uint32_t)(key >> 32); }
static inline uint32_t top_number(top_key key) { return ~(uint32_t)key; }

/// Passages that may be among the best `limit`. Scores are counted by bucket, so that the bar rises with each passage
/// and nothing is sorted before the end.
typedef struct {
    top_key *keys;
    size_t count, limit, capacity;
    /// Lowest score that a passage needs whose number is larger than all before.
    uint32_t least;
    /// A score's bucket is the score shifted by so many bits.
    unsigned shift;
    /// Passages in the buckets from `bar` on, at least `limit` of them once there are so many.
    size_t above;
    size_t bar;
    uint32_t counts[TOP_BUCKETS];
} top_passages;

/// Empties it. No score is above `largest`; `capacity`, the room for keys, is more than `limit`.
void top_begin(top_passages *top, top_key *room, size_t limit, size_t capacity, uint32_t largest);

/// Drops all but the best `limit` and raises the bar to the last of them.
void top_reduce(top_passages *top);

/// Sorts the best `limit` to the front, best first; returns how many there are.
size_t top_finish(top_passages *top);

static inline void top_insert(top_passages *top, uint32_t number, uint32_t score) {
    top->keys[top->count++] = top_make_key(number, score);
    size_t bucket = score >> top->shift;
    top->counts[bucket]++;
    top->above += bucket >= top->bar;
    while (top->above - top->counts[top->bar] >= top->limit) {
        top->above -= top->counts[top->bar++];
        if ((uint32_t)top->bar << top->shift > top->least) top->least = (uint32_t)top->bar << top->shift;
    }
    if (top->count == top->capacity) top_reduce(top);
}

#endif
