#include "CMappings.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// The handler reads the list of watches without a lock: nodes are never freed, only used again, and `version` is odd
// while one is changed.
struct cm_watch {
    atomic_uint version;
    atomic_uintptr_t start;
    atomic_uintptr_t end;
    atomic_int is_writable;
    atomic_int failed;
    /// Set once, when the node is added.
    struct cm_watch *next;
    /// Of nodes that are not used; belongs to `mutex`.
    struct cm_watch *next_free;
};

static _Atomic(struct cm_watch *) all;
static struct cm_watch *unused;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sigaction previous;
static uintptr_t page_bytes = 4096;
static atomic_size_t failures;

static void set(struct cm_watch *watch, uintptr_t start, uintptr_t end) {
    atomic_fetch_add(&watch->version, 1);
    atomic_store(&watch->start, start);
    atomic_store(&watch->end, end);
    atomic_fetch_add(&watch->version, 1);
}

/// Whether an address lies in a watched mapping, and where that ends.
static int covers(struct cm_watch *watch, uintptr_t address, uintptr_t *end) {
    const unsigned version = atomic_load(&watch->version);
    const uintptr_t first = atomic_load(&watch->start), last = atomic_load(&watch->end);
    // A mapping that is being touched is not being changed.
    if (version % 2 != 0 || atomic_load(&watch->version) != version) return 0;
    *end = last;
    return first <= address && address < last;
}

/// Puts zeros where the pages are missing; calls nothing but what a signal handler may, and `mmap`, a bare system call.
static int replace(uintptr_t address) {
    uintptr_t end = 0;
    int is_writable = 0, is_watched = 0;
    for (struct cm_watch *watch = atomic_load(&all); watch; watch = watch->next) {
        uintptr_t last;
        if (!covers(watch, address, &last)) continue;
        // Before the zeros are there, so that nobody reads them and finds it unset.
        atomic_store(&watch->failed, 1);
        is_watched = 1;
        is_writable |= atomic_load(&watch->is_writable);
        if (last > end) end = last;
    }
    if (!is_watched) return 0;
    atomic_fetch_add(&failures, 1);
    const uintptr_t page = address / page_bytes * page_bytes;
    end = (end + page_bytes - 1) / page_bytes * page_bytes;
    // All behind the first missing page is missing too, or else is refused with it.
    return mmap((void *)page, end - page, PROT_READ | (is_writable ? PROT_WRITE : 0),
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void handle(int number, siginfo_t *info, void *context) {
    // A signal that another process sends has no address.
    if (info->si_code > 0 && replace((uintptr_t)info->si_addr)) return;
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
    } else {
        // The instruction is tried again and ends the process, as it would have.
        signal(number, SIG_DFL);
        if (info->si_code <= 0) raise(number);
    }
}

static void install(void) {
    const long bytes = sysconf(_SC_PAGESIZE);
    if (bytes > 0) page_bytes = (uintptr_t)bytes;
    struct sigaction action = {0};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, NULL, &previous);
    sigaction(SIGBUS, &action, NULL);
}

cm_watch *cm_watch_begin(const void *start, size_t bytes, int is_writable) {
    pthread_once(&once, install);
    pthread_mutex_lock(&mutex);
    struct cm_watch *watch = unused;
    if (watch) {
        unused = watch->next_free;
    } else if ((watch = calloc(1, sizeof *watch))) {
        watch->next = atomic_load(&all);
        atomic_store(&all, watch);
    }
    if (watch) {
        atomic_store(&watch->is_writable, is_writable);
        atomic_store(&watch->failed, 0);
        set(watch, (uintptr_t)start, (uintptr_t)start + bytes);
        for (struct cm_watch *other = atomic_load(&all); other; other = other->next) {
            const uintptr_t first = atomic_load(&other->start), last = atomic_load(&other->end);
            const int overlaps = first < (uintptr_t)start + bytes && (uintptr_t)start < last;
            if (other != watch && overlaps && atomic_load(&other->failed)) atomic_store(&watch->failed, 1);
        }
    }
    pthread_mutex_unlock(&mutex);
    return watch;
}

void cm_watch_move(cm_watch *watch, const void *start, size_t bytes) {
    if (watch) set(watch, (uintptr_t)start, (uintptr_t)start + bytes);
}

void cm_watch_end(cm_watch *watch) {
    if (!watch) return;
    pthread_mutex_lock(&mutex);
    set(watch, 0, 0);
    watch->next_free = unused;
    unused = watch;
    pthread_mutex_unlock(&mutex);
}

int cm_watch_has_failed(const cm_watch *watch) { return watch && atomic_load(&watch->failed); }

size_t cm_failures(void) { return atomic_load(&failures); }
