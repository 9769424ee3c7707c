// Counts what a process asks of the C library: memory and mutexes. Loaded with LD_PRELOAD by callcounts.py.
//
// The counters of each process live in a file of their own, named after its process id in the folder CALL_COUNTS, which
// the test maps as well: it reads them while the process runs, and the process does nothing but add to them.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// In the order of `NAMES` in callcounts.py.
struct counters {
    _Atomic uint64_t allocations;
    _Atomic uint64_t locks;
};

static struct counters unseen;  // what is called before the file is there
static struct counters *counters = &unseen;

// glibc's own names for what is replaced here: with `dlsym` the first allocation would have to wait for `dlsym`, which
// allocates.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void count(_Atomic uint64_t *counter) { atomic_fetch_add_explicit(counter, 1, memory_order_relaxed); }

void *malloc(size_t size) {
    count(&counters->allocations);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(&counters->allocations);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count(&counters->allocations);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count(&counters->allocations);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(&counters->allocations);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count(&counters->allocations);
    void *found = __libc_memalign(alignment, size);
    if (!found) return ENOMEM;
    *memory = found;
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    static int (*_Atomic original)(pthread_mutex_t *);
    int (*lock)(pthread_mutex_t *) = atomic_load_explicit(&original, memory_order_relaxed);
    if (!lock) {
        lock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
        atomic_store_explicit(&original, lock, memory_order_relaxed);
    }
    count(&counters->locks);
    return lock(mutex);
}

__attribute__((constructor)) static void open_counters(void) {
    const char *folder = getenv("CALL_COUNTS");
    if (!folder) return;
    char path[4096];
    snprintf(path, sizeof path, "%s/%d", folder, (int)getpid());
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    if (ftruncate(file, sizeof(struct counters)) == 0) {
        void *memory = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (memory != MAP_FAILED) counters = memory;
    }
    close(file);
}
