// A clock for LD_PRELOAD whose time of day jumps: each look at it is up to ten years before or after the last one. Clocks
// that only measure go on as they are.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static atomic_ulong state = 88172645463325252u;

static time_t jump(void) {
    // xorshift (Marsaglia 2003); a lost update between threads only makes it less even.
    unsigned long x = state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    state = x;
    const time_t range = 10L * 365 * 86400;
    return (time_t)(x % (2 * range)) - range;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    const int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += jump();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec time;
    const int result = clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return result;
}

time_t time(time_t *now) {
    struct timespec clock;
    clock_gettime(CLOCK_REALTIME, &clock);
    if (now) *now = clock.tv_sec;
    return clock.tv_sec;
}
