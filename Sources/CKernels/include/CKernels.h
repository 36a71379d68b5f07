/// The hot loops of Passerine, one file a kernel.
///
/// A kernel `pk_NAME` with a vector form has a portable twin `pk_NAME_portable` that computes the same in plain C; on
/// x86-64 with AVX2, FMA and F16C the vector form is chosen once at load. Tests compare both on random shapes. Matrices are
/// row-major and dense unless a stride is given. Kernels that can be handed an impossible size return `PK_OK` or
/// `PK_BAD_SIZE` and write nothing in the second case.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#define PK_OK 0
#define PK_BAD_SIZE 1

/// Number of query rows that the late-interaction kernels score side by side; packed queries are padded to it.
#define PK_QUERY_LANES 8

/// Which vector form is in use: "avx2" or "portable".
const char *pk_instruction_set(void);

/// x[r, c] = gelu(x[r, c] + bias[c]), with the exact (erf) GELU to about 1e-6.
void pk_bias_gelu(float *x, const float *bias, size_t rows, size_t columns);
void pk_bias_gelu_portable(float *x, const float *bias, size_t rows, size_t columns);

/// x[r, c] = gelu(x[r, c] + bias[c]) with the tanh approximation (gelu_new, gelu_pytorch_tanh).
void pk_bias_gelu_tanh(float *x, const float *bias, size_t rows, size_t columns);

/// x[r, c] = max(0, x[r, c] + bias[c]).
void pk_bias_relu(float *x, const float *bias, size_t rows, size_t columns);

/// x[r, c] = tanh(x[r, c] + bias[c]).
void pk_bias_tanh(float *x, const float *bias, size_t rows, size_t columns);

/// x[r, c] += bias[c].
void pk_bias(float *x, const float *bias, size_t rows, size_t columns);

/// x = LayerNorm(x + bias + residual) * gain + shift, row by row; `bias` and `residual` may be NULL.
/// Mean and variance over a row's columns (Ba et al. 2016).
void pk_bias_residual_layer_norm(float *x, const float *bias, const float *residual, const float *gain,
                                 const float *shift, float epsilon, size_t rows, size_t columns);
void pk_bias_residual_layer_norm_portable(float *x, const float *bias, const float *residual, const float *gain,
                                          const float *shift, float epsilon, size_t rows, size_t columns);

/// Each row becomes softmax(scale * row), in place.
void pk_softmax(float *x, float scale, size_t rows, size_t columns);
void pk_softmax_portable(float *x, float scale, size_t rows, size_t columns);

/// Divides each row by its Euclidean length; a row of zeros stays.
void pk_unit_rows(float *x, size_t rows, size_t columns);

/// Sum of a[i] * b[i].
float pk_dot(const float *a, const float *b, size_t count);
float pk_dot_portable(const float *a, const float *b, size_t count);

/// codes[r, c] = round(x[r, c] / scales[r]) in -127...127 with scales[r] = max|x[r, :]| / 127.
/// A row with a value that is not finite becomes zeros.
void pk_quantise_rows(const float *x, int8_t *codes, float *scales, size_t rows, size_t columns);

/// IEEE 754 binary16 to and from float, round to nearest even.
void pk_half_to_float(const uint16_t *x, float *y, size_t count);
void pk_half_to_float_portable(const uint16_t *x, float *y, size_t count);
void pk_float_to_half(const float *x, uint16_t *y, size_t count);
void pk_float_to_half_portable(const float *x, uint16_t *y, size_t count);

/// Number of int16 values that a query of `rows` rows takes when packed by `pk_pack_query_i8`; 0 if it overflows.
size_t pk_packed_query_i8_count(size_t rows, size_t dimension);

/// Lays int8 query rows out for `pk_max_sim_i8`: blocks of 8 rows, pairs of dimensions side by side, missing rows 0.
/// `dimension` must be even.
int pk_pack_query_i8(const int8_t *query, size_t rows, size_t dimension, int16_t *packed);

/// best[i] = max over j of scales[j] * (query row i . passage row j), all in int8 codes: late interaction's MaxSim
/// (Khattab and Zaharia 2020) before the query's own scales and the sum. `best` has room for the padded query rows.
/// `dimension` is even and at most 1024; `passage_rows` of 0 leaves -FLT_MAX.
int pk_max_sim_i8(const int16_t *packed_query, size_t query_rows, const int8_t *passage, const float *scales,
                  size_t passage_rows, size_t dimension, float *best);
int pk_max_sim_i8_portable(const int16_t *packed_query, size_t query_rows, const int8_t *passage, const float *scales,
                           size_t passage_rows, size_t dimension, float *best);

/// Number of floats that a query of `rows` rows takes when packed by `pk_pack_query_f32`; 0 if it overflows.
size_t pk_packed_query_f32_count(size_t rows, size_t dimension);

/// Lays float query rows out for `pk_max_sim_f16`: blocks of 8 rows, dimension by dimension, missing rows 0.
int pk_pack_query_f32(const float *query, size_t rows, size_t dimension, float *packed);

/// best[i] = max over j of (query row i . passage row j) with passage rows in binary16.
int pk_max_sim_f16(const float *packed_query, size_t query_rows, const uint16_t *passage, size_t passage_rows,
                   size_t dimension, float *best);
int pk_max_sim_f16_portable(const float *packed_query, size_t query_rows, const uint16_t *passage,
                            size_t passage_rows, size_t dimension, float *best);

/// CRC-32C (Castagnoli) of `count` bytes, continued from `crc` (0 to begin).
uint32_t pk_crc32c(uint32_t crc, const void *bytes, size_t count);
uint32_t pk_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

#endif
