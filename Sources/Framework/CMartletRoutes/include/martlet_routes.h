/* The section of the program that decorators leave their records in. Only the linker knows where it is. */
#ifndef MARTLET_ROUTES_H
#define MARTLET_ROUTES_H

/* Where the records of the image begin that this is linked into; NULL where it has none. */
const void *_Nullable martlet_routes_start(void);

/* Where they end; NULL where it has none. */
const void *_Nullable martlet_routes_stop(void);

#endif
