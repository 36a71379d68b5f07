// Chooses between a kernel's portable and vector form; internal to this target.
#ifndef PK_DISPATCH_H
#define PK_DISPATCH_H

#include "CKernels.h"

/// For functions whose constant arguments make a kernel of each.
#define PK_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <immintrin.h>
#define PK_AVX2 __attribute__((target("avx2,fma,f16c")))
#define PK_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")))
#define PK_AVX2_VNNI __attribute__((target("avxvnni,avx2,fma,f16c")))
#define PK_AVX512_VNNI __attribute__((target("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")))
#define PK_AVX512_BF16 __attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")))
#define PK_SSE42 __attribute__((target("sse4.2")))
/// Set once when the library is loaded, before any kernel can run.
extern int pk_has_avx2;
extern int pk_has_sse42;
#define PK_CHOOSE(feature, vector_form, portable_form) \
    do {                                               \
        if (feature) return vector_form;               \
        return portable_form;                          \
    } while (0)
#else
#define PK_CHOOSE(feature, vector_form, portable_form) return portable_form
#endif

#endif
