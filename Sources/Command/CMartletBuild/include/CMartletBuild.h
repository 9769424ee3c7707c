#pragma once

/// What `Packaging/stamp` has written into the finished program: lines of `name=value`. Empty in a build that it has not seen.
const char *_Nonnull martlet_build_facts(void);
