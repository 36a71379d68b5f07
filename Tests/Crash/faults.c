// A library to be loaded before all others (LD_PRELOAD) that sees every change to files below a folder, fails the one
// that is asked for, and records them all, so that any moment can be played again.
//
//   FAULT_ROOT   the folder (absolute)
//   FAULT_AT     number of the change to fail, from 0; none where it is not set
//   FAULT_ERRNO  the error
//   FAULT_LOG    file to append the record to; FAULT_COUNT file to write the number of changes to at the end
//
// A record is: type (1 byte), length of the path (4), offset (8), length of the data (4), path, data. Types: C created,
// T truncated to offset, W written, S synced, R renamed (data: the new path), U unlinked, A acknowledged (standard output).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *count_path;
static size_t root_length;
static long fail_at = -1, changes = 0;
static int fail_errno = EIO, log_fd = -1;

__attribute__((constructor)) static void begin(void) {
    root = getenv("FAULT_ROOT");
    root_length = root ? strlen(root) : 0;
    if (getenv("FAULT_AT")) fail_at = atol(getenv("FAULT_AT"));
    if (getenv("FAULT_ERRNO")) fail_errno = atoi(getenv("FAULT_ERRNO"));
    count_path = getenv("FAULT_COUNT");
    if (getenv("FAULT_LOG")) log_fd = REAL(open)(getenv("FAULT_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

__attribute__((destructor)) static void end(void) {
    if (!count_path) return;
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", changes);
    int fd = REAL(open)(count_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd >= 0 && REAL(write)(fd, text, (size_t)length) < 0) {}
    if (fd >= 0) close(fd);
}

// Whether a path is watched. The shared-memory file of SQLite is no data: it is made anew after a crash.
static int watched(const char *path) {
    size_t length = strlen(path);
    return root && strncmp(path, root, root_length) == 0 && !(length > 4 && strcmp(path + length - 4, "-shm") == 0)
        && strstr(path, "writer.lock") == NULL;
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length <= 0) return 0;
    path[length] = 0;
    return watched(path);
}

static void absolute(const char *path, char *out) {
    if (path[0] == '/') {
        snprintf(out, 4096, "%s", path);
    } else if (getcwd(out, 2048)) {
        size_t length = strlen(out);
        snprintf(out + length, 4096 - length, "/%s", path);
    }
}

// Holds the lock until `after`, so that the record has the order in which things happened. True where it shall fail.
static int before(void) {
    pthread_mutex_lock(&mutex);
    if (changes++ != fail_at) return 0;
    pthread_mutex_unlock(&mutex);
    errno = fail_errno;
    return 1;
}

static void record(char type, const char *path, int64_t offset, const void *data, uint32_t length) {
    if (log_fd < 0) return;
    uint32_t path_length = (uint32_t)strlen(path);
    struct iovec parts[] = {
        {&type, 1}, {&path_length, 4}, {&offset, 8}, {&length, 4}, {(void *)path, path_length}, {(void *)data, length}};
    if (REAL(writev)(log_fd, parts, 6) < 0) {}
}

static void after(int succeeded, char type, const char *path, int64_t offset, const void *data, uint32_t length) {
    int saved = errno;
    if (succeeded) record(type, path, offset, data, length);
    pthread_mutex_unlock(&mutex);
    errno = saved;
}

ssize_t write(int fd, const void *data, size_t count) {
    char path[4096];
    if (fd == 1 && log_fd >= 0) {
        pthread_mutex_lock(&mutex);
        record('A', "", 0, data, (uint32_t)count);
        pthread_mutex_unlock(&mutex);
    }
    if (!path_of(fd, path)) return REAL(write)(fd, data, count);
    if (before()) return -1;
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t result = REAL(write)(fd, data, count);
    after(result >= 0, 'W', path, offset, data, result > 0 ? (uint32_t)result : 0);
    return result;
}

static ssize_t write_at(int fd, const void *data, size_t count, off_t offset) {
    char path[4096];
    if (!path_of(fd, path)) return REAL(pwrite)(fd, data, count, offset);
    if (before()) return -1;
    ssize_t result = REAL(pwrite)(fd, data, count, offset);
    after(result >= 0, 'W', path, offset, data, result > 0 ? (uint32_t)result : 0);
    return result;
}
ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) { return write_at(fd, data, count, offset); }
ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) { return write_at(fd, data, count, offset); }

static int synced(int fd, int (*sync)(int)) {
    char path[4096];
    if (!path_of(fd, path)) return sync(fd);
    if (before()) return -1;
    int result = sync(fd);
    after(result == 0, 'S', path, 0, "", 0);
    return result;
}
int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static int truncated(int fd, off_t length) {
    char path[4096];
    if (!path_of(fd, path)) return REAL(ftruncate)(fd, length);
    if (before()) return -1;
    int result = REAL(ftruncate)(fd, length);
    after(result == 0, 'T', path, length, "", 0);
    return result;
}
int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }

int rename(const char *from, const char *to) {
    char path[4096], target[4096];
    absolute(from, path);
    absolute(to, target);
    if (!watched(path)) return REAL(rename)(from, to);
    if (before()) return -1;
    int result = REAL(rename)(from, to);
    after(result == 0, 'R', path, 0, target, (uint32_t)strlen(target));
    return result;
}

int unlink(const char *name) {
    char path[4096];
    absolute(name, path);
    // Nothing depends on an unlink that fails, so it is recorded but never failed.
    if (!watched(path)) return REAL(unlink)(name);
    pthread_mutex_lock(&mutex);
    int result = REAL(unlink)(name);
    after(result == 0, 'U', path, 0, "", 0);
    return result;
}

static int opened(const char *name, int flags, mode_t mode) {
    char path[4096];
    absolute(name, path);
    if (!watched(path) || !(flags & (O_CREAT | O_TRUNC))) return REAL(open)(name, flags, mode);
    int is_new = access(path, F_OK) != 0;
    if (!is_new && !(flags & O_TRUNC)) return REAL(open)(name, flags, mode);
    if (before()) return -1;
    int fd = REAL(open)(name, flags, mode);
    after(fd >= 0, is_new ? 'C' : 'T', path, 0, "", 0);
    return fd;
}
int open(const char *name, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = va_arg(list, mode_t);
    va_end(list);
    return opened(name, flags, mode);
}
int open64(const char *name, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = va_arg(list, mode_t);
    va_end(list);
    return opened(name, flags, mode);
}
