/* Readiness of sockets whose flags somebody else can change: nothing here depends on them. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* An epoll descriptor, closed on exec; -1 and errno on failure. */
int martlet_poller_create(void);

/* Reports `id` once, when the socket can be read, or written, or is broken. Returns 0, or an errno. */
int martlet_poller_arm(int poller, int socket, uint64_t id, bool reading, bool writing);

/* Before the socket is closed: others may keep it open. */
void martlet_poller_remove(int poller, int socket);

enum { MARTLET_POLLER_BATCH = 64 };

/* Waits for reports, at most MARTLET_POLLER_BATCH. Returns how many there are. */
int martlet_poller_wait(int poller, uint64_t ids[MARTLET_POLLER_BATCH]);
