/* The memory of this process. */
#pragma once
#include <malloc.h>

/* Gives what malloc keeps for later back to the system. It takes milliseconds where there is much. */
static inline void martlet_give_memory_back(void) { malloc_trim(0); }
