#include "top_passages.h"

#include <string.h>

enum { FEW = 16 };

static void swap(top_key *a, top_key *b) {
    top_key kept = *a;
    *a = *b;
    *b = kept;
}

static void insertion_sort(top_key *keys, ptrdiff_t count) {
    for (ptrdiff_t i = 1; i < count; i++) {
        top_key moved = keys[i];
        ptrdiff_t j = i;
        for (; j > 0 && moved > keys[j - 1]; j--) keys[j] = keys[j - 1];
        keys[j] = moved;
    }
}

static top_key median(top_key a, top_key b, top_key c) {
    if (b > a) swap(&a, &b);
    if (c > b) b = c > a ? a : c;
    return b;
}

/// Moves the largest `wanted` keys to the front, in descending order where `sorts` (Hoare 1961).
static void order(top_key *keys, ptrdiff_t count, ptrdiff_t wanted, int sorts) {
    while (count > FEW) {
        top_key pivot = median(keys[0], keys[count / 2], keys[count - 1]);
        ptrdiff_t i = 0, j = count - 1;
        while (i <= j) {
            while (keys[i] > pivot) i++;
            while (pivot > keys[j]) j--;
            if (i <= j) swap(&keys[i++], &keys[j--]);
        }
        ptrdiff_t left = j + 1;
        if (wanted <= i) {
            if (!sorts && wanted > left) return;
            count = left;
        } else if (!sorts) {
            keys += i, count -= i, wanted -= i;
        } else if (left < count - i) {
            // The smaller part goes first, so that the stack stays shallow.
            order(keys, left, left, sorts);
            keys += i, count -= i, wanted -= i;
        } else {
            order(keys + i, count - i, wanted - i, sorts);
            count = wanted = left;
        }
    }
    insertion_sort(keys, count);
}

static void forget_counts(top_passages *top) {
    top->count = top->above = top->bar = 0;
    memset(top->counts, 0, sizeof top->counts);
}

void top_begin(top_passages *top, top_key *room, size_t limit, size_t capacity, uint32_t largest) {
    top->keys = room;
    top->limit = limit;
    top->capacity = capacity;
    top->least = 1;
    for (top->shift = 0; largest >> top->shift >= TOP_BUCKETS;) top->shift++;
    forget_counts(top);
}

void top_reduce(top_passages *top) {
    size_t limit = top->limit;
    if (top->count <= limit) return;
    order(top->keys, (ptrdiff_t)top->count, (ptrdiff_t)limit, 0);
    forget_counts(top);
    uint32_t lowest = UINT32_MAX;
    for (size_t i = 0; i < limit; i++) {
        uint32_t score = top_score(top->keys[i]);
        if (score < lowest) lowest = score;
        // Writes the key where it is already.
        top_insert(top, top_number(top->keys[i]), score);
    }
    // Later numbers are larger, so an equal score comes too late.
    if (lowest + 1 > top->least) top->least = lowest + 1;
}

size_t top_finish(top_passages *top) {
    size_t kept = 0;
    for (size_t i = 0; i < top->count; i++) {
        top->keys[kept] = top->keys[i];
        kept += top_score(top->keys[i]) >> top->shift >= top->bar;
    }
    size_t wanted = kept < top->limit ? kept : top->limit;
    order(top->keys, (ptrdiff_t)kept, (ptrdiff_t)wanted, 1);
    return wanted;
}
