#include "dispatch.h"

static int best = PK_LEVEL_PORTABLE;

#if defined(__x86_64__)
int pk_has_avx2 = 0;
int pk_has_sse42 = 0;

static int best_level(void) {
    if (!pk_has_avx2) return PK_LEVEL_PORTABLE;
    if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")))
        return __builtin_cpu_supports("avxvnni") ? PK_LEVEL_AVX2_VNNI : PK_LEVEL_AVX2;
    if (!__builtin_cpu_supports("avx512vnni")) return PK_LEVEL_AVX512;
    return __builtin_cpu_supports("avx512bf16") ? PK_LEVEL_AVX512_BF16 : PK_LEVEL_AVX512_VNNI;
}

__attribute__((constructor)) static void choose(void) {
    __builtin_cpu_init();
    pk_has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    pk_has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
    best = best_level();
}
#endif

int pk_best_level(void) { return best; }

const char *pk_instruction_set(void) { return pk_level_name(best); }

const char *pk_level_name(int level) {
    static const char *const names[] = {"portable", "AVX2", "AVX2 and VNNI", "AVX-512", "AVX-512 and VNNI",
                                        "AVX-512, VNNI and BF16"};
    return level >= PK_LEVEL_PORTABLE && level <= PK_LEVEL_AVX512_BF16 ? names[level] : "unknown";
}
