/* Starting a process, and waiting for the end of one. */
#ifndef MARTLET_PROCESS_H
#define MARTLET_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct {
    uid_t user;
    gid_t group;
    const gid_t *_Nullable groups; /* the supplementary ones */
    size_t group_count;
} martlet_identity;

typedef struct {
    const char *_Nullable const *_Nonnull paths; /* tried in their order, as execvp does with those of PATH; NULL behind the last */
    char *_Nullable const *_Nonnull arguments;
    char *_Nullable const *_Nonnull environment;
    const int *_Nullable inherited; /* the descriptors that the program gets, under the same numbers */
    size_t inherited_count;
    int standard_input, standard_output, standard_error; /* -1: the server's own */
    int directory;                              /* the folder that it begins in, open; -1: the server's own */
    int keeper; /* the socket that learns of the process' group before the program runs; -1: nobody does */
    const martlet_identity *_Nullable identity; /* NULL: the server's own */
    bool in_foreground;    /* stays in the server's process group, with SIGINT blocked */
    bool without_input;    /* reads nothing from standard input */
    bool dies_with_thread; /* killed by the system when the calling thread, and with it the server, is no more */
    bool is_orphan;        /* a child of process 1, or of whoever takes its place, and so nothing that the server can wait for */
} martlet_launch;

/* Starts a program with a clean signal state, in a process group of its own unless it is in the foreground.
 *
 * posix_spawn cannot change the user, and a Python that changed it itself would have run the user's own interpreter, .pth files
 * and sitecustomize as root before. Nor can it mark as close-on-exec what somebody else has opened: NIO's connections and epoll
 * descriptors are not, and code that runs before the bootstrap could write to them.
 *
 * Returns the process id, or the errno as a negative number. */
pid_t martlet_spawn(const martlet_launch *_Nonnull launch);

/* A descriptor for the process `pid`, readable when it has ended, by which no other process is meant when the number is given anew;
 * -1 and errno on failure, as where the kernel has none (pidfd_open(2)). */
int martlet_pidfd_open(pid_t pid);

/* Sends a signal to the process that a descriptor is for, if it has not ended. */
void martlet_pidfd_signal(int descriptor, int signal);

/* Waits until the child `pid`, or any child where that is 0, has ended, and leaves its status to be asked for.
 *
 * Returns its process id; -1 where there is no such child. */
pid_t martlet_await_end(pid_t pid);

/* How the child `pid` has ended, as waitpid tells it, and leaves that to be asked for. -1 where it has not ended, or is none. */
int martlet_end_status(pid_t pid);

/* Whether a process that has not ended is in the group: 1, 0, or -1 where /proc cannot be read.
 *
 * A signal of 0 to the group cannot tell that: it also finds those that have ended and were not waited for. */
int martlet_group_is_alive(pid_t group);

/* What the keeper of process groups does: it reads numbers from the socket `descriptor`, a positive one for a group that has come and a
 * negative one for a group that has gone, until the socket's other end is closed; and then kills the groups that are there. No signal
 * but SIGKILL ends it. Returns when all is done. */
void martlet_keep_groups(int descriptor);

#endif
