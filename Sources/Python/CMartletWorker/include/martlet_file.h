/* Files that have no name. */
#pragma once

/* A new file in a folder, for reading and writing by this user alone, closed on exec, and gone with its last descriptor.
 * -1 and errno on failure. */
int martlet_nameless_file(const char *_Nonnull folder);
