/* What the programs call by its newest version in the C library that they are built with, bound to an older one, so that they run on
 * older systems as well. The linker sends calls here with --wrap; see link.py. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

#if defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#elif defined(__x86_64__)
#define FIRST "GLIBC_2.2.5"
#else
#error "the first version of glibc for this processor is not known here"
#endif

/* glibc 2.35 has a faster hypot. The former one says ERANGE, which nobody here asks for. */
__asm__(".symver first_hypot, hypot@" FIRST);
__asm__(".symver first_hypotf, hypotf@" FIRST);
extern double first_hypot(double, double);
extern float first_hypotf(float, float);

double __wrap_hypot(double x, double y) { return first_hypot(x, y); }
float __wrap_hypotf(float x, float y) { return first_hypotf(x, y); }

/* libcrypt takes the salt of a password from arc4random_buf, which glibc has since 2.36. It cannot say that there is none. */
void __wrap_arc4random_buf(void *buffer, size_t count) {
    unsigned char *next = buffer;
    while (count > 0) {
        ssize_t taken = getrandom(next, count, 0);
        if (taken < 0) {
            if (errno == EINTR) continue;
            abort();
        }
        next += taken;
        count -= (size_t)taken;
    }
}
