/* Starting a process as another user, and waiting for the end of one. */
#ifndef MARTLET_PROCESS_H
#define MARTLET_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct {
    uid_t user;
    gid_t group;
    const gid_t *groups; /* the supplementary ones */
    size_t group_count;
} martlet_identity;

/* posix_spawn cannot change the user, and a Python that changed it itself would have run the user's own interpreter, .pth files
 * and sitecustomize as root before. This does what posix_spawn does for the other workers: signals as at the start of a program, a process group of its own, `inherited`
 * descriptors kept, and standard output sent to `standard_output` where that is not -1. A child in the foreground stays in the server's
 * process group with SIGINT blocked; one without input reads nothing.
 *
 * Returns the process id, or the errno as a negative number. */
pid_t martlet_spawn_as(const martlet_identity *identity, const char *path, char *const arguments[], char *const environment[],
                       const int *inherited, size_t inherited_count, int standard_output, bool in_foreground,
                       bool without_input);

/* Waits until the child `pid`, or any child where that is 0, has ended, and leaves its status to be asked for.
 *
 * Returns its process id; -1 where there is no such child. */
pid_t martlet_await_end(pid_t pid);

#endif
