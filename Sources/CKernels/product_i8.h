// The blocks that weights of int8 products are packed in; internal to this target.
#ifndef PK_PRODUCT_I8_H
#define PK_PRODUCT_I8_H

#include "product.h"

// A packed weight is, panel by panel of PK_PANEL outputs and group by group of PK_GROUP inputs, a block of
//   codes  int8 [PK_GROUP / 4][PK_PANEL][4], so that four inputs of an output meet four codes of `x` in one instruction,
//   start  int32[PK_PANEL], LIFT minus `zero` times the sum of the group's codes, from which every sum begins,
//   scale  float[PK_PANEL].
// A sum that begins at LIFT is, taken as the bits of a float, the float LIFTED + sum: no sum reaches 2^22. Then
// scale * sum is one fused step, scale * float - scale * LIFTED, and rounded once, since scales leave two bits free for
// the product with LIFTED (3 * 2^22).
enum { STEPS = PK_GROUP / 4, CODES = PK_GROUP * PK_PANEL, BLOCK = CODES + 8 * PK_PANEL, LIFT = 0x4B400000 };
#define LIFTED 12582912.0f
_Static_assert(PK_GROUP * 255 * 127 < 1 << 22, "a group's sum leaves the lifted float's exponent alone");

/// Groups of so many inputs.
static inline size_t pk_groups(size_t inputs) { return inputs / PK_GROUP + (inputs % PK_GROUP != 0); }

/// Bytes of a packed weight of 4 bits that one panel takes.
size_t pk_panel_i4_bytes(size_t inputs);

/// Makes the blocks of a panel of bytes from those of 4 bits.
void pk_widen_i4(int level, const uint8_t *half, size_t inputs, int zero, char *panel);

#endif
