#define _GNU_SOURCE
#include "martlet_process.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether the process of this name in /proc is in the group and has not ended (proc_pid_stat(5)). */
static bool is_alive_in(int processes, const char *name, pid_t group) {
    char path[288], text[1024], state;
    int own;
    snprintf(path, sizeof path, "%s/stat", name);
    int file = openat(processes, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return false;
    text[count] = 0;
    /* The program's name stands in brackets and may hold brackets itself. */
    const char *end = strrchr(text, ')');
    if (!end || sscanf(end + 1, " %c %*d %d", &state, &own) != 2) return false;
    return own == group && state != 'Z' && state != 'X';
}

int martlet_group_is_alive(pid_t group) {
    DIR *processes = opendir("/proc");
    if (!processes) return -1;
    bool found = false;
    struct dirent *entry;
    while (!found && (entry = readdir(processes))) {
        if (isdigit((unsigned char)entry->d_name[0])) found = is_alive_in(dirfd(processes), entry->d_name, group);
    }
    closedir(processes);
    return found;
}

typedef struct {
    pid_t *groups;
    size_t count, room;
} table;

static void add(table *known, pid_t group) {
    for (size_t i = 0; i < known->count; i++) {
        if (known->groups[i] == group) return;
    }
    if (known->count == known->room) {
        size_t room = known->room ? known->room * 2 : 64;
        pid_t *more = realloc(known->groups, room * sizeof *more);
        if (!more) return;
        known->groups = more;
        known->room = room;
    }
    known->groups[known->count++] = group;
}

static void drop(table *known, pid_t group) {
    for (size_t i = 0; i < known->count; i++) {
        if (known->groups[i] != group) continue;
        known->groups[i] = known->groups[--known->count];
        return;
    }
}

void martlet_keep_groups(int descriptor) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_NAME, "martlet-keeper");
    /* A terminal that hangs up, and who ends a session or a process group, mean the server. */
    setsid();
    table known = {0};
    while (true) {
        pid_t number;
        ssize_t count = recv(descriptor, &number, sizeof number, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count != sizeof number) break;
        /* Neither 1 nor 0: as groups these are everybody, and the server's own. */
        if (number > 1) add(&known, number);
        if (number < -1) drop(&known, -number);
    }
    for (size_t i = 0; i < known.count; i++) kill(-known.groups[i], SIGKILL);
    free(known.groups);
}
