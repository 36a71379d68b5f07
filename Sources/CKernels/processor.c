#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif

#include "include/CKernels.h"

#if defined(__linux__)
int32_t pk_processor(void) { return sched_getcpu(); }

void pk_leave_processors(const int32_t *occupied, size_t count) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed)) return;
    cpu_set_t others = allowed;
    for (size_t i = 0; i < count; i++)
        if (occupied[i] >= 0 && occupied[i] < CPU_SETSIZE) CPU_CLR(occupied[i], &others);
    // The first call moves the thread; the second leaves it there, and lets the system move it again.
    if (!sched_setaffinity(0, sizeof others, &others)) sched_setaffinity(0, sizeof allowed, &allowed);
}
#else
int32_t pk_processor(void) { return -1; }
void pk_leave_processors(const int32_t *occupied, size_t count) { (void)occupied, (void)count; }
#endif
