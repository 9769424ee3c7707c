#define _GNU_SOURCE
#include "martlet_python.h"
#include <dlfcn.h>

martlet_python_table martlet_python;

const char *martlet_python_load(void) {
    void *symbol;
#define X(result, name, parameters, arguments) \
    if (!(symbol = dlsym(RTLD_DEFAULT, #name))) return #name; \
    *(void **)&martlet_python.name = symbol;
    MARTLET_PYTHON_FUNCTIONS(X)
#undef X
#define X(name) \
    if (!(symbol = dlsym(RTLD_DEFAULT, #name))) return #name; \
    martlet_python.name = symbol;
    MARTLET_PYTHON_OBJECTS(X)
#undef X
#define X(name) \
    if (!(symbol = dlsym(RTLD_DEFAULT, #name))) return #name; \
    martlet_python.name = *(void **)symbol;
    MARTLET_PYTHON_EXCEPTIONS(X)
#undef X
    return NULL;
}
