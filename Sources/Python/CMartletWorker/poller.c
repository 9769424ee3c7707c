#define _GNU_SOURCE
#include "martlet_poller.h"
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>

int martlet_poller_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int martlet_poller_arm(int poller, int socket, uint64_t id, bool reading, bool writing) {
    struct epoll_event event = {
        .events = EPOLLONESHOT | (reading ? EPOLLIN | EPOLLRDHUP : 0) | (writing ? EPOLLOUT : 0), .data.u64 = id};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, socket, &event) == 0) return 0;
    return errno == ENOENT && epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event) == 0 ? 0 : errno;
}

void martlet_poller_remove(int poller, int socket) { epoll_ctl(poller, EPOLL_CTL_DEL, socket, NULL); }

int martlet_poller_wait(int poller, uint64_t ids[MARTLET_POLLER_BATCH]) {
    struct epoll_event events[MARTLET_POLLER_BATCH];
    int count;
    do count = epoll_wait(poller, events, MARTLET_POLLER_BATCH, -1);
    while (count < 0 && errno == EINTR);
    for (int i = 0; i < count; i++) ids[i] = events[i].data.u64;
    return count;
}
