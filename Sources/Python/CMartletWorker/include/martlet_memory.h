/* The memory of this process. */
#pragma once

/* From now on a large block of memory goes back to the system when it is freed.
 *
 * glibc learns from a block of up to 32 MB that is freed that such blocks are wanted often, and keeps twice its size for each
 * thread from then on: a thread that has read one upload keeps that much for its next, which may never come. An administrator
 * who has set how malloc behaves is left alone. */
void martlet_return_large_blocks(void);
