#define _GNU_SOURCE
#include "martlet_handover.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int martlet_handover_create(int ends[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends); }

int martlet_handover_send(int socket, const martlet_handover *message, const void *text, int descriptor) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec parts[2] = {
        {.iov_base = (void *)message, .iov_len = sizeof *message}, {.iov_base = (void *)text, .iov_len = message->length}};
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = text ? 2 : 1};
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        packet.msg_control = &control;
        packet.msg_controllen = sizeof control;
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(int));
    }
    ssize_t count;
    do count = sendmsg(socket, &packet, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    return count < 0 ? errno : 0;
}

int martlet_handover_receive(int socket, martlet_handover *message, void *text, int *descriptor) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec parts[2] = {
        {.iov_base = message, .iov_len = sizeof *message}, {.iov_base = text, .iov_len = MARTLET_HANDOVER_TEXT}};
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = text ? 2 : 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count;
    *descriptor = -1;
    do count = recvmsg(socket, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&packet); part; part = CMSG_NXTHDR(&packet, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        /* There is room for two in what alignment makes of the space for one. */
        size_t received = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < received; index++) {
            int own;
            memcpy(&own, CMSG_DATA(part) + index * sizeof(int), sizeof(int));
            if (*descriptor < 0) *descriptor = own;
            else close(own);
        }
    }
    if ((size_t)count < sizeof *message || message->length != (size_t)count - sizeof *message) {
        memset(message, 0, sizeof *message);
    }
    return 1;
}

long martlet_read_cached(int file, void *buffer, unsigned long count, int64_t offset) {
    struct iovec part = {.iov_base = buffer, .iov_len = count};
    return preadv2(file, &part, 1, offset, RWF_NOWAIT);
}

int martlet_is_local_stream(int descriptor) {
    int domain = 0, type = 0, listens = 1;
    socklen_t size = sizeof(int);
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return 0;
    size = sizeof(int);
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return 0;
    size = sizeof(int);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return 0;
    return domain == AF_UNIX && type == SOCK_STREAM && !listens;
}

int martlet_name_senders(int socket) {
    int yes = 1;
    return setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

ssize_t martlet_receive_from(int socket, void *bytes, size_t count, pid_t *sender) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *sender = 0;
    ssize_t result = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = result < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS) {
        struct ucred credentials;
        memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
        *sender = credentials.pid;
    }
    return result;
}
