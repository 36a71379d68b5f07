#include <math.h>

#include "dispatch.h"

void pk_quantise_rows(const float *x, int8_t *codes, float *scales, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        const float *row = x + r * columns;
        int8_t *code = codes + r * columns;
        float largest = 0;
        int finite = 1;
        for (size_t c = 0; c < columns; c++) {
            float size = fabsf(row[c]);
            finite &= isfinite(size) != 0;
            if (size > largest) largest = size;
        }
        float scale = finite ? largest / 127.0f : 0;
        scales[r] = scale;
        float factor = scale > 0 ? 1.0f / scale : 0;
        if (!isfinite(factor)) factor = 0;  // a row of denormals
        for (size_t c = 0; c < columns; c++) {
            float value = factor > 0 ? rintf(row[c] * factor) : 0;
            code[c] = (int8_t)(value > 127 ? 127 : value < -127 ? -127 : value);
        }
    }
}
