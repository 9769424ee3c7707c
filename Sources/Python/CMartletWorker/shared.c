#define _GNU_SOURCE
#include "martlet_shared.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(offsetof(martlet_slot, wake) == 64 && offsetof(martlet_slot, response_phase) % 64 == 0 &&
                   sizeof(martlet_slot) % 64 == 0,
               "the slot's parts stand on cache lines of their own");
_Static_assert(sizeof(martlet_queue) == 128 && sizeof(martlet_lane) == 192 && sizeof(martlet_worker) == 128,
               "so do those of the others");
_Static_assert((MARTLET_REQUEST_CAPACITY & (MARTLET_REQUEST_CAPACITY - 1)) == 0, "a ring is a power of two");
_Static_assert((MARTLET_RESPONSE_CAPACITY & (MARTLET_RESPONSE_CAPACITY - 1)) == 0, "a ring is a power of two");

static size_t aligned(size_t offset) { return (offset + 4095) & ~(size_t)4095; }

martlet_layout martlet_layout_make(uint32_t lanes, uint32_t workers) {
    martlet_layout layout = {.lanes = lanes, .workers = workers, .slots = lanes * MARTLET_LANE_SLOTS};
    uint64_t entries = 1;
    while (entries < layout.slots) entries *= 2; /* a slot stands in the queue at most once, so it never overflows */
    layout.queue_mask = entries - 1;
    layout.lane_offset = sizeof(martlet_queue);
    layout.worker_offset = layout.lane_offset + lanes * sizeof(martlet_lane);
    layout.entry_offset = layout.worker_offset + workers * sizeof(martlet_worker);
    layout.slot_offset = aligned(layout.entry_offset + entries * sizeof(uint64_t));
    layout.head_offset = aligned(layout.slot_offset + layout.slots * sizeof(martlet_slot));
    layout.request_offset = layout.head_offset + (size_t)layout.slots * MARTLET_HEAD_CAPACITY;
    layout.response_offset = layout.request_offset + (size_t)layout.slots * MARTLET_REQUEST_CAPACITY;
    layout.size = layout.response_offset + (size_t)layout.slots * MARTLET_RESPONSE_CAPACITY;
    return layout;
}

int martlet_futex_wait(uint32_t *word, uint32_t seen, int milliseconds) {
    struct timespec timeout = {.tv_sec = milliseconds / 1000, .tv_nsec = (milliseconds % 1000) * 1000000L};
    long result = syscall(SYS_futex, word, FUTEX_WAIT, seen, milliseconds < 0 ? NULL : &timeout, NULL, 0);
    return result == 0 ? 0 : errno;
}

void martlet_futex_wake(uint32_t *word, int count) { syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0); }

static int failed(int fd) {
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

int martlet_memory_create(size_t size) {
    int fd = memfd_create("martlet", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0) return failed(fd);
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return failed(fd);
    return fd;
}

int martlet_text_create(const void *text, size_t size) {
    int fd = memfd_create("martlet-bootstrap", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    size_t written = 0;
    while (fd >= 0 && written < size) {
        ssize_t count = write(fd, (const char *)text + written, size - written);
        if (count < 0 && errno != EINTR) return failed(fd);
        if (count > 0) written += (size_t)count;
    }
    if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return failed(fd);
    return fd;
}

uint32_t martlet_cpu(void) { return (uint32_t)sched_getcpu(); }

uint64_t martlet_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool forked;
static int withheld[MARTLET_MAXIMUM_THREADS]; /* descriptors, and 1 more; 0 is none */

int martlet_withhold(int fd) {
    for (int entry = 0; entry < MARTLET_MAXIMUM_THREADS; entry++) {
        int none = 0;
        if (__atomic_compare_exchange_n(&withheld[entry], &none, fd + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return entry;
    }
    return -1;
}

void martlet_withhold_no_more(int entry) {
    if (entry >= 0) __atomic_store_n(&withheld[entry], 0, __ATOMIC_SEQ_CST);
}

static void child_of_fork(void) {
    forked = true;
    for (int entry = 0; entry < MARTLET_MAXIMUM_THREADS; entry++) {
        if (withheld[entry] > 0) close(withheld[entry] - 1);
    }
}
void martlet_watch_forks(void) { pthread_atfork(NULL, NULL, child_of_fork); }
bool martlet_is_forked(void) { return forked; }

int martlet_pipe_create(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

static pid_t server;
static void *watch_server(void *argument) {
    struct pollfd entry = {.fd = (int)(intptr_t)argument, .events = 0}; /* a hang-up is always told */
    while (poll(&entry, 1, -1) < 0 && errno == EINTR) {}
    /* The server hangs up to let us end gracefully, and kills us when that takes too long. It cannot if it is dead. */
    while (getppid() == server) usleep(20000);
    _exit(1);
}

void martlet_watch_server(int control, int server_pid) {
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, former;
    server = server_pid;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &former); /* Python's signals are not for this thread */
    pthread_create(&thread, &attributes, watch_server, (void *)(intptr_t)control);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    pthread_attr_destroy(&attributes);
}

int martlet_out_of_the_way(int fd) {
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 2048);
    if (high < 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        return fd;
    }
    close(fd);
    return high;
}

int martlet_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(MARTLET_DESCRIPTORS_AT_ONCE * sizeof(int))];
    } control;
    if (descriptor_count > MARTLET_DESCRIPTORS_AT_ONCE) return EINVAL;
    memset(&control, 0, sizeof control);
    size_t size = descriptor_count * sizeof(int);
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(size)};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(&control.header), descriptors, size);
    return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

void martlet_adopt_orphans(void) { prctl(PR_SET_CHILD_SUBREAPER, 1); }
