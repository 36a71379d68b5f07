#include "dispatch.h"

#if defined(__x86_64__)
int pk_has_avx2 = 0;
int pk_has_sse42 = 0;

__attribute__((constructor)) static void choose(void) {
    __builtin_cpu_init();
    pk_has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    pk_has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
}

const char *pk_instruction_set(void) { return pk_has_avx2 ? "avx2" : "portable"; }
#else
const char *pk_instruction_set(void) { return "portable"; }
#endif
