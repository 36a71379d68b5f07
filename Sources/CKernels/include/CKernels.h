/// The hot loops of Passerine, one file a kernel.
///
/// A kernel `pk_NAME` with a vector form has a portable twin `pk_NAME_portable` that computes the same in plain C; on
/// x86-64 with AVX2, FMA and F16C the vector form is chosen once at load. Tests compare both on random shapes. Matrices are
/// row-major and dense unless a stride is given. Kernels that can be handed an impossible size return `PK_OK` or
/// `PK_BAD_SIZE` and write nothing in the second case, nor where there is no memory.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#define PK_OK 0
#define PK_BAD_SIZE 1
/// Bytes that should be what this target wrote are not.
#define PK_DAMAGED 2
#define PK_NO_MEMORY 3
#define PK_CANCELLED 4

/// Number of query rows that the late-interaction kernels score side by side; packed queries are padded to it.
#define PK_QUERY_LANES 8

/// Sets of instructions, each with all of those before it but for PK_LEVEL_AVX2_VNNI, which AVX-512 does not need.
enum {
    PK_LEVEL_PORTABLE,
    /// AVX2, FMA and F16C.
    PK_LEVEL_AVX2,
    /// With the dot products of bytes on 256 bits.
    PK_LEVEL_AVX2_VNNI,
    /// AVX-512 F, BW, DQ and VL.
    PK_LEVEL_AVX512,
    /// With the dot products of bytes on 512 bits.
    PK_LEVEL_AVX512_VNNI,
    /// With the dot products of pairs of bfloat16.
    PK_LEVEL_AVX512_BF16,
};

/// The best level that this processor has. Kernels that take a level fall back to it from a higher one.
int pk_best_level(void);

/// A level in words, such as "AVX-512 and VNNI".
const char *pk_level_name(int level);

/// The best level in words.
const char *pk_instruction_set(void);

/// The processor that the calling thread is on; -1 where the system does not tell.
int32_t pk_processor(void);

/// Moves the calling thread off some processors, to one of the others that it may run on. Where there is none, or the
/// system cannot, it stays.
void pk_leave_processors(const int32_t *occupied, size_t count);

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

/// x = LayerNorm(x) * gain + shift, row by row: mean and variance over a row's columns (Ba et al. 2016).
void pk_layer_norm(int level, float *x, const float *gain, const float *shift, float epsilon, size_t rows,
                   size_t columns);

/// Each row becomes softmax(scale * row), in place.
void pk_softmax(float *x, float scale, size_t rows, size_t columns);
void pk_softmax_portable(float *x, float scale, size_t rows, size_t columns);

/// Divides each row by its Euclidean length; a row of zeros stays, and one whose length is not finite becomes zeros.
void pk_unit_rows(float *x, size_t rows, size_t columns);

/// Columns that a panel of packed weights holds.
#define PK_PANEL 32

/// What becomes of a product's element before it is stored.
enum { PK_IDENTITY, PK_GELU, PK_GELU_TANH, PK_RELU, PK_TANH, PK_SILU };

/// y[r, c] = activation(product[r, c] + bias[c]) + residual[r, c]; `bias` and `residual` may be NULL.
typedef struct {
    const float *bias;
    const float *residual;
    size_t residual_stride;
    int activation;
} pk_completion;

/// Number of floats that a weight `[outputs, inputs]` takes when packed by `pk_pack_f32`; 0 if there are none or it
/// overflows.
size_t pk_packed_f32_count(size_t outputs, size_t inputs);

/// Lays a weight out for `pk_product_f32`: panels of PK_PANEL outputs, input by input, missing outputs 0.
int pk_pack_f32(const float *weight, size_t outputs, size_t inputs, float *packed);

/// Columns `first` up to `last` of y = x · weightᵀ, completed; both are multiples of PK_PANEL, or `last` is `outputs`.
/// `x` is `[rows, inputs]` and `y` `[rows, outputs]`, with strides of their own. An element is summed input by input,
/// so it is the same to the bit whatever rows and columns are computed along with it. `completion` may be NULL.
int pk_product_f32(int level, const float *x, size_t rows, size_t x_stride, const float *packed, size_t outputs,
                   size_t inputs, size_t first, size_t last, const pk_completion *completion, float *y,
                   size_t y_stride);

/// Inputs that share a scale in the int8 products.
#define PK_GROUP 32

/// Bytes that a weight `[outputs, inputs]` takes when packed by `pk_pack_i8`; 0 if there are none or it overflows.
size_t pk_packed_i8_bytes(size_t outputs, size_t inputs);

/// Quantises a weight to -127...127 with a scale for each output and group of inputs, and lays it out for
/// `pk_product_i8`. `zero` (0...255) is the code that stands for 0 in the other factor. Unless `x` is NULL, `y` gets the
/// product of the quantised weight and `x`, a vector of `inputs` floats.
int pk_pack_i8(const float *weight, size_t outputs, size_t inputs, int zero, void *packed, const float *x, float *y);

/// Codes of a row of `inputs` values: whole groups.
size_t pk_code_count(size_t inputs);

/// How values become codes: `factors`, one for each input, may be NULL; with a `zero` of 0 no value plus `shift` may be
/// negative.
typedef struct {
    const float *factors;
    float shift;
    int zero;
} pk_quantisation;

/// codes[r, i] = round((x[r, i] + shift) * factors[i] / scale) + zero, with a scale for each row and group of inputs that
/// just holds its largest value, `[rows, groups]`. Missing inputs of the last group are 0. A group with a value that is
/// not finite gets NaN as its scale.
void pk_quantise_groups(int level, const float *x, size_t rows, size_t x_stride, size_t inputs,
                        const pk_quantisation *how, uint8_t *codes, float *scales);

/// Bytes that a weight takes when packed by `pk_pack_i4`; 0 if there are none or it overflows.
size_t pk_packed_i4_bytes(size_t outputs, size_t inputs);

/// As `pk_pack_i8`, with 4 bits for a weight: one of 16 levels, with a scale of 16 bits for each output and group.
int pk_pack_i4(const float *weight, size_t outputs, size_t inputs, void *packed, const float *x, float *y);

/// The rows that an int8 product takes: `rows` of them as `pk_quantise_groups` leaves them with this `zero`, and the `bits`
/// that the packed weight has for a code, 8 or 4.
typedef struct {
    const uint8_t *codes;
    const float *scales;
    size_t rows;
    int zero;
    int bits;
} pk_factors_i8;

/// As `pk_product_f32`, with `x` in codes: sums of a group are exact integers.
int pk_product_i8(int level, const pk_factors_i8 *x, const void *packed, size_t outputs, size_t inputs, size_t first,
                  size_t last, const pk_completion *completion, float *y, size_t y_stride);

/// As `pk_product_i8`, but for its result, which is quantised for the next product and never stored as floats: the same
/// codes `[rows, outputs]`, padded to whole groups, and scales as `pk_quantise_groups` would make of it.
int pk_product_i8_codes(int level, const pk_factors_i8 *x, const void *packed, size_t outputs, size_t inputs,
                        size_t first, size_t last, const pk_completion *completion, const pk_quantisation *next,
                        uint8_t *next_codes, float *next_scales);

/// Number of bfloat16 values that a weight takes when packed by `pk_pack_bf16`; 0 if there are none or it overflows.
size_t pk_packed_bf16_count(size_t outputs, size_t inputs);

/// Rounds a weight to bfloat16 and lays it out for `pk_product_bf16`.
int pk_pack_bf16(const float *weight, size_t outputs, size_t inputs, uint16_t *packed);

/// Rounds rows to bfloat16, each padded by a 0 to an even number of inputs.
void pk_bf16_rows(int level, const float *x, size_t rows, size_t x_stride, size_t inputs, uint16_t *y);

/// As `pk_product_f32`, with `x` as rows of `pk_bf16_rows`; sums are floats.
int pk_product_bf16(int level, const uint16_t *x, size_t rows, const uint16_t *packed, size_t outputs, size_t inputs,
                    size_t first, size_t last, const pk_completion *completion, float *y, size_t y_stride);

/// Number of floats that `pk_attention` needs as scratch for `tokens` tokens; 0 if it overflows.
size_t pk_attention_scratch_count(size_t tokens, size_t head_size);

/// out = softmax(scale * queries · keysᵀ) · values for one head (Vaswani et al. 2017), a few queries at a time, so that
/// no square of scores is ever stored (the idea of FlashAttention, Dao et al. 2022).
///
/// All are `[tokens, head_size]`; queries, keys and values have rows `stride` floats apart. The first `attended` keys
/// (1 or more) can be seen, and where `window` is not 0 only those at most `window` tokens away.
int pk_attention(int level, const float *queries, const float *keys, const float *values, size_t stride,
                 size_t tokens, size_t attended, size_t head_size, size_t window, float scale, float *scratch,
                 float *out, size_t out_stride);

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

/// Lays query rows out for `pk_max_sim_i8` as codes of 16 bits, in blocks of 8 rows, pairs of dimensions side by side,
/// missing rows 0: code = round(x / scales[r]) with scales[r] = |x[r, :]| / 32767, so that rounding a query costs
/// nothing beside what rounding passages to 8 bits does. A row with a value that is not finite becomes zeros.
/// `dimension` must be even.
int pk_pack_query_i8(const float *query, size_t rows, size_t dimension, int16_t *packed, float *scales);

/// best[i] = max over j of scales[j] * (query row i . passage row j), passages in int8 codes: late interaction's MaxSim
/// (Khattab and Zaharia 2020) before the query's own scales and the sum. `best` has room for the padded query rows.
/// `dimension` is even and at most 1024; `passage_rows` of 0 leaves -FLT_MAX. The same to the bit at every level.
int pk_max_sim_i8(int level, const int16_t *packed_query, size_t query_rows, const int8_t *passage,
                  const float *scales, size_t passage_rows, size_t dimension, float *best);

/// Number of floats that a query of `rows` rows takes when packed by `pk_pack_query_f32`; 0 if it overflows.
size_t pk_packed_query_f32_count(size_t rows, size_t dimension);

/// Lays float query rows out for `pk_max_sim_f16`: blocks of 8 rows, dimension by dimension, missing rows 0.
int pk_pack_query_f32(const float *query, size_t rows, size_t dimension, float *packed);

/// best[i] = max over j of (query row i . passage row j) with passage rows in binary16.
int pk_max_sim_f16(const float *packed_query, size_t query_rows, const uint16_t *passage, size_t passage_rows,
                   size_t dimension, float *best);
int pk_max_sim_f16_portable(const float *packed_query, size_t query_rows, const uint16_t *passage,
                            size_t passage_rows, size_t dimension, float *best);

/// The place of the first value that is NaN or infinite; `count` where all are finite.
size_t pk_first_not_finite(const float *x, size_t count);

/// As `pk_first_not_finite`, of IEEE 754 binary16 values.
size_t pk_first_not_finite_half(const uint16_t *x, size_t count);

/// Whether a weight `[outputs, inputs]` that `pk_pack_i8` or, with 4 `bits`, `pk_pack_i4` packed has only finite scales and
/// sums that begin where they may: 1 or 0.
int pk_packed_is_finite(const void *packed, size_t outputs, size_t inputs, int bits);

/// Postings in a block of a compressed list.
#define PK_POSTINGS_BLOCK 128

/// Packs 128 values of at most `bits` bits (0 to 32) into 16 * bits bytes.
void pk_postings_pack(const uint32_t *values, unsigned bits, uint8_t *packed);

/// Unpacks 128 values.
void pk_postings_unpack(const uint8_t *packed, unsigned bits, uint32_t *values);
void pk_postings_unpack_portable(const uint8_t *packed, unsigned bits, uint32_t *values);

/// Unpacks 128 gaps less one and adds them up: numbers[i] = numbers[i - 1] + 1 + gap, `before` standing before the first.
void pk_postings_unpack_gaps(const uint8_t *packed, unsigned bits, uint32_t before, uint32_t *numbers);
void pk_postings_unpack_gaps_portable(const uint8_t *packed, unsigned bits, uint32_t before, uint32_t *numbers);

/// A compressed list of the passages with a term, and what the term weighs in a query.
/// At least eight readable bytes follow `bytes[size - 1]`.
typedef struct {
    const void *bytes;
    size_t size;
    uint32_t count;
    double weight;
} pk_postings;

/// Bytes that a list of `count` postings takes at most.
size_t pk_postings_capacity(size_t count);

/// Compresses ascending passage numbers and their term frequencies (1 or more); returns the bytes written.
/// `lengths` are those of all passages, by number.
size_t pk_postings_encode(const uint32_t *numbers, const uint32_t *tfs, size_t count, const uint32_t *lengths,
                          uint8_t *out);

/// Decompresses a whole list. Returns PK_OK or PK_DAMAGED.
int pk_postings_decode(const pk_postings *list, uint32_t *numbers, uint32_t *tfs);

/// Term frequencies of some passages, ascending; 0 where a passage lacks the term. Returns PK_OK or PK_DAMAGED.
int pk_postings_frequencies(const pk_postings *list, const uint32_t *numbers, size_t count, uint32_t *tfs);

/// What BM25 knows of the passages that lists speak of.
typedef struct {
    /// Lengths in terms by passage number, and the same in one byte each, 255 for 255 and more.
    const uint32_t *lengths;
    const uint8_t *short_lengths;
    uint32_t passages;
    /// A bit a passage, set for those to leave out; NULL for none.
    const uint64_t *removed;
    /// Parameters and the mean length; all that `pk_bm25_gain` looks at.
    double k1, b, average;
    /// Asked before each window of passages whether the search is to be given up; NULL where it never is.
    int (*is_cancelled)(const void *cancellation);
    const void *cancellation;
} pk_bm25;

/// The unit that gains are counted in, for a query whose terms weigh `weight` in all: 2^-24 up to 64, larger powers of
/// two above. Whole numbers add up to the same score in whatever order, so every way to find it gives the same one.
double pk_bm25_step(double weight);

/// weight * tf / (tf + k1 * (1 - b + b * length / average)) in units of `step`, to the nearest, at least 1.
uint32_t pk_bm25_gain(double weight, uint32_t tf, uint32_t length, const pk_bm25 *bm25, double step);

/// Bytes of scratch memory, aligned to 64, for a search; 0 if it overflows.
size_t pk_postings_scratch_bytes(size_t lists, size_t limit);

/// The best `limit` passages by the sum of their lists' gains, best first, ties by the smaller number: exactly what
/// scoring every posting would give, though few are scored. Windows of passages are taken in turn; in each, lists whose
/// bounds cannot add up to a place among the best are only looked into for passages that others bring up (MaxScore,
/// Turtle and Flood 1995, with the bounds of blocks, Ding and Suel 2011).
/// `step` is that of the query's whole weight, which may have terms without a list.
/// Returns PK_OK, PK_BAD_SIZE, PK_DAMAGED or PK_CANCELLED; `found` is how many there are.
int pk_postings_search(const pk_postings *lists, size_t count, const pk_bm25 *bm25, double step, size_t limit,
                       void *scratch, uint32_t *numbers, double *scores, size_t *found);

/// Scores that share a mark of being touched.
#define PK_POSTINGS_GROUP 16

/// Places, ascending, of the scores of at least `least` (1 or more) in touched groups of 16; `groups` is a multiple of
/// 32, and scores are below 2^31. `places` has room for 8 more than there are scores.
size_t pk_postings_collect(const uint32_t *scores, const uint8_t *touched, size_t groups, uint32_t least,
                           uint16_t *places);
size_t pk_postings_collect_portable(const uint32_t *scores, const uint8_t *touched, size_t groups, uint32_t least,
                                    uint16_t *places);

/// Sets the scores of touched groups and the marks to 0.
void pk_postings_clear(uint32_t *scores, uint8_t *touched, size_t groups);
void pk_postings_clear_portable(uint32_t *scores, uint8_t *touched, size_t groups);

/// CRC-32C (Castagnoli) of `count` bytes, continued from `crc` (0 to begin).
uint32_t pk_crc32c(uint32_t crc, const void *bytes, size_t count);
uint32_t pk_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

#endif
