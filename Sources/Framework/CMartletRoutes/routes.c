#include "martlet_routes.h"

/* The linker makes these two for a section whose name is an identifier. Weak: they are not made for a program without routes. Hidden:
 * each image has its own. */
extern const char __start_martlet_routes[] __attribute__((weak, visibility("hidden")));
extern const char __stop_martlet_routes[] __attribute__((weak, visibility("hidden")));

const void *martlet_routes_start(void) { return __start_martlet_routes; }

const void *martlet_routes_stop(void) { return __stop_martlet_routes; }
