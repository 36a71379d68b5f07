// What this machine can do at most: multiply-adds of floats, dot products of pairs of bfloat16 and of bytes, and reading
// memory, on one core and on THREADS. Built and run by bench.py:
//
//     cc -O2 -pthread peak.c -o peak && ./peak THREADS
//
// Each figure is the best of several short runs, in operations (a multiply and an add are two) or bytes a second. The last
// line is JSON. x86-64 only; instructions that the processor lacks are left out.
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 40, LOOPS = 400000, CHAINS = 12, BYTES = 1 << 28 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// CHAINS independent sums hide the latency of each; the empty assembly keeps them from being computed beforehand.
#define UNROLL _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++)
#define KERNEL(name, features, type, zero, step)                 \
    __attribute__((target(features))) static void name(void) {   \
        type sums[CHAINS], a = zero, b = zero;                   \
        __asm__ volatile("" : "+v"(a), "+v"(b));                 \
        UNROLL {                                                 \
            sums[i] = zero;                                      \
            __asm__ volatile("" : "+v"(sums[i]));                \
        }                                                        \
        for (int n = 0; n < LOOPS; n++) {                        \
            UNROLL sums[i] = step(sums[i], a, b);                \
        }                                                        \
        UNROLL __asm__ volatile("" ::"v"(sums[i]));              \
    }
#define FMA256(s, a, b) _mm256_fmadd_ps(a, b, s)
#define FMA512(s, a, b) _mm512_fmadd_ps(a, b, s)
#define BF16(s, a, b) _mm512_dpbf16_ps(s, (__m512bh)a, (__m512bh)b)
#define INT8(s, a, b) _mm512_dpbusd_epi32(s, a, b)
#define INT8_256(s, a, b) _mm256_dpbusd_avx_epi32(s, a, b)
KERNEL(fma256, "avx2,fma", __m256, _mm256_setzero_ps(), FMA256)
KERNEL(fma512, "avx512f", __m512, _mm512_setzero_ps(), FMA512)
KERNEL(bf16, "avx512f,avx512bf16", __m512, _mm512_setzero_ps(), BF16)
KERNEL(int8_256, "avx2,avxvnni", __m256i, _mm256_setzero_si256(), INT8_256)
KERNEL(int8, "avx512f,avx512vnni", __m512i, _mm512_setzero_si512(), INT8)

static char *memory;
static int threads;

__attribute__((target("avx2"))) static void read_part(int part) {
    const __m256i *from = (const __m256i *)(memory + (size_t)part * (BYTES / (size_t)threads) / 64 * 64);
    size_t count = BYTES / (size_t)threads / 32 / 4 * 4;
    __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t i = 0; i < count; i += 4)
        for (size_t j = 0; j < 4; j++) sums[j] = _mm256_xor_si256(sums[j], _mm256_load_si256(from + i + j));
    for (size_t j = 0; j < 4; j++) __asm__ volatile("" ::"v"(sums[j]));
}

static void (*kernel)(void);
static pthread_barrier_t barrier;

/// When each thread begins and ends each run.
static double begins[64][RUNS], ends[64][RUNS];

static void *work(void *number) {
    for (int run = 0; run < RUNS; run++) {
        pthread_barrier_wait(&barrier);
        begins[(size_t)number][run] = now();
        if (kernel)
            kernel();
        else
            read_part((int)(size_t)number);
        ends[(size_t)number][run] = now();
    }
    return NULL;
}

/// Seconds of the fastest run on `count` threads, from the first that begins to the last that ends.
static double fastest(void (*body)(void), int count) {
    pthread_t team[64];
    threads = count;
    kernel = body;
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (int i = 0; i < count; i++)
        if (pthread_create(&team[i], NULL, work, (void *)(size_t)i)) exit(1);
    for (int i = 0; i < count; i++) pthread_join(team[i], NULL);
    pthread_barrier_destroy(&barrier);
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        double begin = begins[0][run], end = ends[0][run];
        for (int i = 1; i < count; i++) {
            if (begins[i][run] < begin) begin = begins[i][run];
            if (ends[i][run] > end) end = ends[i][run];
        }
        if (end - begin < best) best = end - begin;
    }
    return best;
}

static int first = 1;

static void report(const char *name, void (*body)(void), double work_of_one, int count) {
    double one = work_of_one / fastest(body, 1), all = work_of_one * (body ? count : 1) / fastest(body, count);
    printf("%s\"%s\": [%.4g, %.4g]", first ? "" : ", ", name, one, all);
    first = 0;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 1;
    if (count < 1 || count > 64) {
        fprintf(stderr, "usage: peak THREADS, from 1 to 64\n");
        return 2;
    }
    if (!(memory = aligned_alloc(64, BYTES))) return 1;
    memset(memory, 1, BYTES);
    const double steps = (double)LOOPS * CHAINS;
    printf("{");
    if (__builtin_cpu_supports("avx512f"))
        report("fp32", fma512, steps * 16 * 2, count);
    else if (__builtin_cpu_supports("fma"))
        report("fp32", fma256, steps * 8 * 2, count);
    if (__builtin_cpu_supports("avx512bf16")) report("bf16", bf16, steps * 32 * 2, count);
    if (__builtin_cpu_supports("avx512vnni"))
        report("int8", int8, steps * 64 * 2, count);
    else if (__builtin_cpu_supports("avxvnni"))
        report("int8", int8_256, steps * 32 * 2, count);
    if (__builtin_cpu_supports("avx2")) report("memory", NULL, BYTES, count);
    printf("}\n");
    return 0;
}
