#define _GNU_SOURCE
#include "martlet_process.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec a process with threads may call nothing but what is safe in a signal handler (POSIX, fork). The system calls
 * are made directly because glibc's own versions of setuid and its like talk to every thread of the process. */
static int become(const martlet_identity *identity) {
    if (syscall(SYS_setgroups, identity->group_count, identity->groups) != 0) return -1;
    if (syscall(SYS_setresgid, identity->group, identity->group, identity->group) != 0) return -1;
    return (int)syscall(SYS_setresuid, identity->user, identity->user, identity->user);
}

static int keep_open(int descriptor) {
    int flags = fcntl(descriptor, F_GETFD);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFD, flags & ~FD_CLOEXEC);
}

pid_t martlet_spawn_as(const martlet_identity *identity, const char *path, char *const arguments[], char *const environment[],
                       const int *inherited, size_t inherited_count, int standard_output, bool in_foreground,
                       bool without_input) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;
    /* A handler of the server must not run in the child before its signals are reset. */
    sigset_t all, former, none;
    sigfillset(&all);
    sigemptyset(&none);
    pthread_sigmask(SIG_BLOCK, &all, &former);
    pid_t pid = fork();
    if (pid == 0) {
        int failed = !in_foreground && setpgid(0, 0) != 0;
        if (in_foreground) sigaddset(&none, SIGINT);
        struct sigaction standard;
        memset(&standard, 0, sizeof standard);
        standard.sa_handler = SIG_DFL;
        for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
        if (!failed && without_input) {
            int nothing = open("/dev/null", O_RDONLY);
            failed = nothing < 0 || dup2(nothing, 0) < 0;
        }
        if (!failed && standard_output >= 0) failed = dup2(standard_output, 1) < 0;
        for (size_t i = 0; !failed && i < inherited_count; i++) failed = keep_open(inherited[i]) != 0;
        if (!failed) failed = become(identity) != 0;
        if (!failed) {
            pthread_sigmask(SIG_SETMASK, &none, NULL);
            execve(path, arguments, environment);
        }
        int error = errno;
        while (write(report[1], &error, sizeof error) < 0 && errno == EINTR) {}
        _exit(127);
    }
    int error = pid < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    close(report[1]);
    ssize_t count = 0;
    while (pid > 0 && (count = read(report[0], &error, sizeof error)) < 0 && errno == EINTR) {}
    close(report[0]);
    if (pid < 0) return -error;
    if (count != sizeof error) return pid; /* the pipe was closed by a successful exec */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return error > 0 ? -error : -EINVAL;
}

pid_t martlet_await_end(pid_t pid) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    while (waitid(pid == 0 ? P_ALL : P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) return -1;
    }
    return info.si_pid;
}
