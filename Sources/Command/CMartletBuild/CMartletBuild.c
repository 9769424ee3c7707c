#include "CMartletBuild.h"

#define MARK "martlet-build-facts:"

// The room for the facts, behind the mark that they are found by. `volatile`: the bytes change after the compiler has seen them.
static const volatile char facts[512] = MARK;

const char *martlet_build_facts(void) { return (const char *)facts + sizeof(MARK) - 1; }
