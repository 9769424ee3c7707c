#define _GNU_SOURCE
#include "martlet_process.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until exec the child may call nothing but what is safe in a signal handler (POSIX, fork). The system calls are made directly because
 * glibc's own versions of setuid and its like talk to every thread of the process. */
static int become(const martlet_identity *identity) {
    uid_t user[3];
    gid_t group[3];
    if (syscall(SYS_setgroups, identity->group_count, identity->groups) != 0) return -1;
    if (syscall(SYS_setresgid, identity->group, identity->group, identity->group) != 0) return -1;
    if (syscall(SYS_setresuid, identity->user, identity->user, identity->user) != 0) return -1;
    /* An id of -1 leaves the former one in place and counts as success. */
    if (syscall(SYS_getresuid, &user[0], &user[1], &user[2]) != 0) return -1;
    if (syscall(SYS_getresgid, &group[0], &group[1], &group[2]) != 0) return -1;
    for (int i = 0; i < 3; i++) {
        if (user[i] != identity->user || group[i] != identity->group) {
            errno = EPERM;
            return -1;
        }
    }
    return 0;
}

static void close_all_on_exec(void) {
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    /* Linux before 5.11. */
    struct rlimit limit = {.rlim_cur = 1024};
    getrlimit(RLIMIT_NOFILE, &limit);
    int end = limit.rlim_cur < 1 << 20 ? (int)limit.rlim_cur : 1 << 20;
    for (int descriptor = 3; descriptor < end; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

static int keep_open(int descriptor) {
    int flags = fcntl(descriptor, F_GETFD);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFD, flags & ~FD_CLOEXEC);
}

/* A keeper that does not read, or is no more, is one that somebody has stopped or killed: nobody waits for it. */
static void tell_keeper(int socket) {
    pid_t self = (pid_t)syscall(SYS_getpid);
    (void)send(socket, &self, sizeof self, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns only where no program could be started, with errno; as execvp (POSIX): one that may not be run is passed over and remembered. */
static void execute(const martlet_launch *launch) {
    int error = ENOENT;
    for (const char *const *path = launch->paths; *path; path++) {
        execve(*path, launch->arguments, launch->environment);
        if (errno == EACCES) error = EACCES;
        if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return;
    }
    errno = error;
}

/* Returns only where something has failed, with errno. */
static void run(const martlet_launch *launch, pid_t server) {
    struct sigaction standard;
    sigset_t none;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    if (!launch->in_foreground && setpgid(0, 0) != 0) return;
    if (launch->without_input) {
        int nothing = open("/dev/null", O_RDONLY);
        if (nothing < 0 || dup2(nothing, 0) < 0) return;
    }
    /* None of these is one of the three itself: the server's own are open. */
    if (launch->standard_input >= 0 && dup2(launch->standard_input, 0) < 0) return;
    if (launch->standard_output >= 0 && dup2(launch->standard_output, 1) < 0) return;
    if (launch->standard_error >= 0 && dup2(launch->standard_error, 2) < 0) return;
    if (launch->directory >= 0 && fchdir(launch->directory) != 0) return;
    close_all_on_exec();
    for (size_t i = 0; i < launch->inherited_count; i++) {
        if (keep_open(launch->inherited[i]) != 0) return;
    }
    if (launch->keeper >= 0) tell_keeper(launch->keeper);
    if (launch->identity && become(launch->identity) != 0) return;
    if (launch->dies_with_thread) { /* after the change of the user, which undoes it */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
        if (getppid() != server) _exit(127);
    }
    sigemptyset(&none);
    if (launch->in_foreground) sigaddset(&none, SIGINT);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execute(launch);
}

pid_t martlet_spawn(const martlet_launch *launch) {
    /* A handler of the server must not run in the child before its signals are reset. */
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &former);
    volatile int error = 0;
    volatile pid_t orphan = 0;
    pid_t server = getpid();
    /* The child borrows our memory until exec, so that nothing is copied and no event loop waits while pages are; this thread waits. */
    pid_t pid = vfork();
    if (pid == 0) {
        if (launch->is_orphan) {
            pid_t program = vfork();
            if (program != 0) {
                if (program < 0) error = errno;
                orphan = program;
                _exit(0);
            }
        }
        run(launch, server);
        error = errno;
        _exit(127);
    }
    if (pid < 0) error = errno;
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    if (pid > 0 && (error != 0 || launch->is_orphan)) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    }
    if (error != 0) return -(error > 0 ? error : EINVAL);
    return launch->is_orphan ? orphan : pid;
}

int martlet_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

void martlet_pidfd_signal(int descriptor, int signal) {
    (void)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0);
}

pid_t martlet_await_end(pid_t pid) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    while (waitid(pid == 0 ? P_ALL : P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) return -1;
    }
    return info.si_pid;
}

int martlet_end_status(pid_t pid) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) != 0 || info.si_pid != pid) return -1;
    return info.si_code == CLD_EXITED ? (info.si_status & 0xFF) << 8 : info.si_status & 0x7F;
}
