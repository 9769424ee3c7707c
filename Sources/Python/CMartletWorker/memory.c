#include "martlet_memory.h"
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>

/* Where blocks begin to be large: one of this size costs as much to fill as to be had from the system. */
enum { LARGE = 1 << 20 };

void martlet_return_large_blocks(void) {
    static bool is_done;
    if (is_done) return;
    is_done = true;
    if (getenv("MALLOC_MMAP_THRESHOLD_") || getenv("MALLOC_TRIM_THRESHOLD_") || getenv("GLIBC_TUNABLES")) return;
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, LARGE);
}
