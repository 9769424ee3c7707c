/* Files that have no name. */
#pragma once

/* A new file in a folder, for reading and writing by this user alone, closed on exec, and gone with its last descriptor.
 * -1 and errno on failure. */
int martlet_nameless_file(const char *_Nonnull folder);

/* The same file once more, for reading only and with a position of its own, closed on exec. -1 and errno on failure. */
int martlet_reopen_for_reading(int file);
