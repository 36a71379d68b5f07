// What the products over packed weights share; internal to this target.
#ifndef PK_PRODUCT_H
#define PK_PRODUCT_H

#include "dispatch.h"

enum {
    /// Rows of a tile at most; with two registers of columns they fill the 32 of AVX-512 but for two.
    TILE_ROWS = 14,
};

/// Multiplies `rows` (1 to TILE_ROWS) rows of `x` with one panel into `y`, PK_PANEL columns wide.
typedef void (*pk_tile_f32)(const float *x, size_t x_stride, size_t rows, const float *panel, size_t panel_stride,
                            size_t inputs, float *y, size_t y_stride);

/// The tile of a level: `panel` has a row of PK_PANEL floats for each input, `panel_stride` floats apart.
pk_tile_f32 pk_tile_f32_of(int level);

/// Rows of each of the fewest tiles that cover `rows`, evenly.
static inline size_t pk_tile_height(size_t rows) {
    size_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    return tiles ? (rows + tiles - 1) / tiles : 0;
}

/// Whether columns `first` up to `last` of `outputs` are whole panels, but for the last one, and rows of `y` hold them.
static inline int pk_are_panels(size_t outputs, size_t first, size_t last, size_t y_stride) {
    return first % PK_PANEL == 0 && first <= last && last <= outputs && (last % PK_PANEL == 0 || last == outputs) &&
           y_stride >= outputs;
}

/// Fetches what a tile of a product is written to, and what `pk_finish` adds to it: they come from afar while the tile is
/// computed.
static inline void pk_expect(const pk_completion *completion, float *y, size_t y_stride, size_t row, size_t rows,
                             size_t first) {
    for (size_t i = 0; i < rows; i++) {
        __builtin_prefetch(y + i * y_stride, 1);
        __builtin_prefetch(y + i * y_stride + PK_PANEL / 2, 1);
    }
    if (!completion || !completion->residual) return;
    for (size_t i = 0; i < rows; i++) {
        const float *residual = completion->residual + (row + i) * completion->residual_stride + first;
        __builtin_prefetch(residual);
        __builtin_prefetch(residual + PK_PANEL / 2);
    }
}

/// Completes a rectangle of a product in place: `columns` columns from column `first` of the whole.
void pk_finish(int level, const pk_completion *completion, float *y, size_t y_stride, size_t row, size_t rows,
               size_t first, size_t columns);

/// As `pk_quantise_groups`, with rows of codes and scales `stride` groups apart.
void pk_quantise_into(int level, const float *x, size_t rows, size_t x_stride, size_t inputs,
                      const pk_quantisation *how, uint8_t *codes, float *scales, size_t stride);

#endif
