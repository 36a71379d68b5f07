#include <string.h>

#include "postings.h"
#include "top_passages.h"

// A fused multiply-add in one place and not in another would give one posting two gains.
#pragma STDC FP_CONTRACT OFF

enum {
    /// Passages in a window, whose scores stay in the first-level cache.
    WINDOW = 4096,
    GROUPS = WINDOW / PK_POSTINGS_GROUP,
    /// Frequencies and lengths whose gains are looked up instead of computed.
    TABLE_TFS = 4,
    TABLE_LENGTHS = 255,
    /// Up to so many lists are sorted by their bounds and have tables; with more it costs more than it saves.
    LARGEST_PRUNED = 64,
    /// From so many candidates a block on, adding a whole block is faster than searching it.
    DENSE_CANDIDATES = 16,
};

typedef uint32_t gain_table[TABLE_TFS][TABLE_LENGTHS + 1];

/// A list as a search walks it.
typedef struct {
    double weight;
    /// Gains by frequency and length; NULL where there are too many lists.
    const gain_table *gains;
    /// At least the gain of every posting in the current window, and of those in one block.
    uint32_t window_bound;
    uint32_t block_bound;
    uint32_t bounded_block;
    /// Blocks that reach into the current window.
    uint32_t window_blocks;
    postings_cursor cursor;
} search_list;

typedef struct {
    uint32_t scores[WINDOW];
    gain_table tables[LARGEST_PRUNED];
    uint16_t candidates[WINDOW + 8];
    /// Whether any of a group's scores is not 0.
    uint8_t touched[GROUPS];
    const pk_bm25 *bm25;
    double step;
    search_list *lists;
    size_t count;
    /// Lists that may have postings in the window, by ascending bound.
    uint32_t *order;
    size_t active;
    top_passages top;
    /// The window's first passage and how many it has.
    uint32_t first;
    uint32_t size;
} search_state;

static double saturation(const pk_bm25 *bm25, uint32_t tf, uint32_t length) {
    double count = tf, normal = bm25->average > 0 ? length / bm25->average : 1;
    return count / (count + bm25->k1 * (1 - bm25->b + bm25->b * normal));
}

double pk_bm25_step(double weight) {
    double step = 0x1p-24;
    while (weight > step * 0x1p30) step *= 2;
    return step;
}

/// `units` is the weight in steps.
static inline uint32_t round_gain(double units, double saturation) {
    double gain = units * saturation + 0.5;
    return gain < 1 ? 1 : (uint32_t)gain;
}

uint32_t pk_bm25_gain(double weight, uint32_t tf, uint32_t length, const pk_bm25 *bm25, double step) {
    return round_gain(weight / step, saturation(bm25, tf, length));
}

static void fill_tables(search_state *state) {
    double saturations[TABLE_TFS][TABLE_LENGTHS + 1];
    for (uint32_t tf = 0; tf < TABLE_TFS; tf++)
        for (uint32_t length = 0; length <= TABLE_LENGTHS; length++)
            saturations[tf][length] = saturation(state->bm25, tf + 1, length);
    for (size_t i = 0; i < state->count; i++) {
        search_list *list = &state->lists[i];
        list->gains = NULL;
        if (state->count > LARGEST_PRUNED) continue;
        double units = list->weight / state->step;
        for (uint32_t tf = 0; tf < TABLE_TFS; tf++)
            for (uint32_t length = 0; length <= TABLE_LENGTHS; length++)
                state->tables[i][tf][length] = round_gain(units, saturations[tf][length]);
        list->gains = &state->tables[i];
    }
}

__attribute__((noinline)) static uint32_t compute_gain(const search_state *state, const search_list *list, uint32_t tf, uint32_t length) {
    return pk_bm25_gain(list->weight, tf, length, state->bm25, state->step);
}

static inline uint32_t gain(const search_state *state, const search_list *list, uint32_t tf, uint32_t number) {
    const pk_bm25 *bm25 = state->bm25;
    uint32_t length = bm25->short_lengths[number];
    if (list->gains && tf <= TABLE_TFS && length < TABLE_LENGTHS) return (*list->gains)[tf - 1][length];
    return compute_gain(state, list, tf, bm25->lengths[number]);
}

/// At least the gain of every posting of a block.
static uint32_t bound_block(const search_state *state, search_list *list, uint32_t block) {
    if (list->bounded_block == block) return list->block_bound;
    postings_cursor *cursor = &list->cursor;
    uint32_t largest = 0;
    if (cursor->entries) {
        const postings_entry *entry = cursor->entries + block;
        for (unsigned i = 0; i < POSTINGS_PAIRS && entry->tf[i]; i++) {
            uint32_t tf = entry->tf[i], length = entry->length[i];
            uint32_t value = tf == POSTINGS_ANY_TF ? round_gain(list->weight / state->step, 1)
                : list->gains && tf <= TABLE_TFS && length <= TABLE_LENGTHS ? (*list->gains)[tf - 1][length]
                                                                            : compute_gain(state, list, tf, length);
            if (value > largest) largest = value;
        }
    } else {
        postings_decode_tfs(cursor);
        for (uint32_t i = 0; i < cursor->filled; i++) {
            if (cursor->numbers[i] >= state->bm25->passages) continue;
            uint32_t value = gain(state, list, cursor->tfs[i], cursor->numbers[i]);
            if (value > largest) largest = value;
        }
    }
    list->bounded_block = block;
    // Rounding may have let a smaller frequency gain more, by one step.
    return list->block_bound = largest + 1;
}

/// Walks a list to the window and bounds what it can give there. Nonzero where the list is damaged.
static int enter_window(search_state *state, search_list *list) {
    postings_cursor *cursor = &list->cursor;
    uint32_t last = state->first + state->size - 1;
    list->window_bound = 0;
    while (cursor->block < cursor->blocks && postings_last(cursor, cursor->block) < state->first) cursor->block++;
    if (cursor->block == cursor->blocks) return PK_OK;
    uint32_t before = cursor->block && cursor->entries ? cursor->entries[cursor->block - 1].last : 0;
    // A block that reaches over many windows is in few of them: its numbers say in which.
    if (cursor->decoded != cursor->block && postings_last(cursor, cursor->block) - before > 2 * WINDOW) {
        int status = postings_decode(cursor);
        if (status != PK_OK) return status;
    }
    if (cursor->decoded == cursor->block) {
        uint32_t position = cursor->position;
        while (position < cursor->filled && cursor->numbers[position] < state->first) position++;
        cursor->position = position;
        if (position < cursor->filled && cursor->numbers[position] > last) return PK_OK;
    } else if (before >= last) {
        return PK_OK;
    }
    uint32_t bound = 0;
    uint32_t block = cursor->block;
    do {
        uint32_t value = bound_block(state, list, block);
        if (value > bound) bound = value;
    } while (postings_last(cursor, block++) < last && block < cursor->blocks);
    list->window_bound = bound;
    list->window_blocks = block - cursor->block;
    return PK_OK;
}

/// Adds a decoded block's postings from `i` to the end of the window; returns where that is.
__attribute__((always_inline)) static inline uint32_t add_block(search_state *state, const search_list *list, uint32_t i,
                                                                int has_tables) {
    const postings_cursor *cursor = &list->cursor;
    const uint8_t *short_lengths = state->bm25->short_lengths;
    const gain_table *gains = list->gains;
    uint32_t *restrict scores = state->scores;
    uint8_t *restrict touched = state->touched;
    uint32_t first = state->first, size = state->size, filled = cursor->filled;
    for (; i < filled; i++) {
        uint32_t number = cursor->numbers[i], place = number - first;
        if (place >= size) {
            if (number >= first) break;
            continue;
        }
        uint32_t tf = cursor->tfs[i], length = short_lengths[number];
        touched[place / PK_POSTINGS_GROUP] = 1;
        if (has_tables && tf <= TABLE_TFS && length < TABLE_LENGTHS)
            scores[place] += (*gains)[tf - 1][length];
        else
            scores[place] += compute_gain(state, list, tf, state->bm25->lengths[number]);
    }
    return i;
}

/// Adds all that a list gives in the window.
static int add_list(search_state *state, search_list *list) {
    postings_cursor *cursor = &list->cursor;
    for (; cursor->block < cursor->blocks; cursor->block++) {
        int status = postings_decode(cursor);
        if (status != PK_OK) return status;
        postings_decode_tfs(cursor);
        cursor->position = list->gains ? add_block(state, list, cursor->position, 1)
                                       : add_block(state, list, cursor->position, 0);
        if (cursor->position < cursor->filled) break;
    }
    return PK_OK;
}

/// Adds what a list gives to the candidates alone.
static int add_to_candidates(search_state *state, search_list *list, size_t candidates) {
    postings_cursor *cursor = &list->cursor;
    for (size_t i = 0; i < candidates; i++) {
        uint32_t number = state->first + state->candidates[i];
        int status = postings_seek(cursor, number);
        if (status != PK_OK) return status;
        if (cursor->block == cursor->blocks) break;
        if (cursor->position >= cursor->filled || cursor->numbers[cursor->position] != number) continue;
        postings_decode_tfs(cursor);
        state->scores[state->candidates[i]] += gain(state, list, cursor->tfs[cursor->position], number);
    }
    return PK_OK;
}

/// Finds the passages of the window whose scores reach `least` and that are not removed; returns how many.
static size_t collect(search_state *state, uint32_t least) {
    size_t found = pk_postings_collect(state->scores, state->touched, GROUPS, least, state->candidates);
    const uint64_t *removed = state->bm25->removed;
    if (!removed) return found;
    size_t kept = 0;
    for (size_t i = 0; i < found; i++) {
        uint32_t number = state->first + state->candidates[i];
        state->candidates[kept] = state->candidates[i];
        kept += !(removed[number / 64] >> number % 64 & 1);
    }
    return kept;
}

/// Keeps the candidates that can still reach `least` with `rest` to come; returns how many.
static size_t prune(search_state *state, size_t candidates, uint32_t rest, uint32_t least) {
    size_t kept = 0;
    for (size_t i = 0; i < candidates; i++) {
        uint16_t place = state->candidates[i];
        state->candidates[kept] = place;
        kept += state->scores[place] + rest >= least;
    }
    return kept;
}

/// Orders the lists that may have something in the window by their bounds; returns the sum of these.
static uint32_t order_lists(search_state *state) {
    uint32_t total = 0;
    int sorts = state->count <= LARGEST_PRUNED;
    state->active = 0;
    for (uint32_t i = 0; i < state->count; i++) {
        uint32_t bound = state->lists[i].window_bound;
        if (!bound) continue;
        total += bound;
        size_t place = state->active++;
        for (; sorts && place > 0 && state->lists[state->order[place - 1]].window_bound > bound; place--)
            state->order[place] = state->order[place - 1];
        state->order[place] = i;
    }
    return total;
}

static int score_window(search_state *state) {
    uint32_t least = state->top.least, rest = 0;
    size_t optional = 0;
    // Lists that together give too little for a place among the best bring up no passage.
    for (; optional < state->active; optional++) {
        uint32_t bound = state->lists[state->order[optional]].window_bound;
        if (rest + bound >= least) break;
        rest += bound;
    }
    for (size_t i = optional; i < state->active; i++) {
        int status = add_list(state, &state->lists[state->order[i]]);
        if (status != PK_OK) return status;
    }
    size_t candidates = collect(state, least - rest);
    while (optional-- > 0 && candidates) {
        search_list *list = &state->lists[state->order[optional]];
        int dense = candidates >= (size_t)DENSE_CANDIDATES * list->window_blocks;
        int status = dense ? add_list(state, list) : add_to_candidates(state, list, candidates);
        if (status != PK_OK) return status;
        rest -= list->window_bound;
        candidates = prune(state, candidates, rest, least);
    }
    for (size_t i = 0; i < candidates; i++) {
        uint32_t score = state->scores[state->candidates[i]];
        if (score >= state->top.least) top_insert(&state->top, state->first + state->candidates[i], score);
    }
    return PK_OK;
}

/// Whether every passage of the window is left out, as it is in most windows where a filter lets few through.
static int is_removed(const search_state *state) {
    const uint64_t *removed = state->bm25->removed;
    if (!removed) return 0;
    uint64_t all = UINT64_MAX;
    uint32_t first = state->first / 64, words = state->size / 64;
    for (uint32_t i = 0; i < words; i++) all &= removed[first + i];
    uint32_t rest = state->size % 64;
    if (rest) all &= removed[first + words] | UINT64_MAX << rest;
    return all == UINT64_MAX;
}

static int search_windows(search_state *state) {
    uint32_t passages = state->bm25->passages;
    for (uint64_t first = 0; first < passages; first += WINDOW) {
        state->first = (uint32_t)first;
        state->size = passages - state->first < WINDOW ? passages - state->first : WINDOW;
        const pk_bm25 *bm25 = state->bm25;
        if (bm25->is_cancelled && bm25->is_cancelled(bm25->cancellation)) return PK_CANCELLED;
        if (is_removed(state)) continue;
        for (size_t i = 0; i < state->count; i++) {
            int status = enter_window(state, &state->lists[i]);
            if (status != PK_OK) return status;
        }
        if (order_lists(state) < state->top.least) continue;
        int status = score_window(state);
        if (status != PK_OK) return status;
        pk_postings_clear(state->scores, state->touched, GROUPS);
    }
    return PK_OK;
}

static size_t room(size_t limit) { return 4 * limit + 1024; }

size_t pk_postings_scratch_bytes(size_t lists, size_t limit) {
    if (lists > (1u << 20) || limit > UINT32_MAX) return 0;
    return sizeof(search_state) + lists * (sizeof(search_list) + sizeof(uint32_t)) + room(limit) * sizeof(top_key);
}

int pk_postings_search(const pk_postings *lists, size_t count, const pk_bm25 *bm25, double step, size_t limit,
                       void *scratch, uint32_t *numbers, double *scores, size_t *found) {
    *found = 0;
    if (!pk_postings_scratch_bytes(count, limit) || !(step > 0)) return PK_BAD_SIZE;
    if (!count || !limit) return PK_OK;
    search_state *state = scratch;
    memset(state->scores, 0, sizeof state->scores);
    memset(state->touched, 0, sizeof state->touched);
    state->bm25 = bm25;
    state->count = count;
    state->lists = (search_list *)(state + 1);
    top_key *keys = (top_key *)(state->lists + count);
    state->order = (uint32_t *)(keys + room(limit));
    double weight = 0;
    for (size_t i = 0; i < count; i++) {
        search_list *list = &state->lists[i];
        list->weight = lists[i].weight;
        list->bounded_block = UINT32_MAX;
        weight += list->weight;
        int status = postings_open(&list->cursor, &lists[i]);
        if (status != PK_OK) return status;
    }
    if (weight > step * 0x1p30) return PK_BAD_SIZE;
    state->step = step;
    fill_tables(state);
    top_begin(&state->top, keys, limit, room(limit), (uint32_t)(weight / state->step) + (uint32_t)count);
    int status = search_windows(state);
    if (status != PK_OK) return status;
    *found = top_finish(&state->top);
    for (size_t i = 0; i < *found; i++) {
        numbers[i] = top_number(keys[i]);
        scores[i] = top_score(keys[i]) * state->step;
    }
    return PK_OK;
}
