/*
 * The handover socket, one for each lane, on which the workers hand over what shared memory cannot hold: open files, the far
 * end of a socket pair, and early hints. And the way back for a request's body that the server has in a file.
 *
 * Rules:
 *
 *  1. A message is in the socket before the slot's `handovers` goes up, and that is before the response phase changes. Whoever
 *     sees either has the message to receive.
 *  2. Messages name the slot and its generation. The server closes what comes with a name that does not fit, and what nobody
 *     has claimed when the slot is given back.
 *  3. Nobody waits: where the socket is full, the worker does without it. What lies in it is bounded by the socket's buffer.
 *  4. The server trusts nothing of it: not the slot, not the offset, not what the descriptor stands for.
 *  5. A body in a file is asked for when it is read, with a socket of its own for the answer: whoever has the request asks, and
 *     no two threads share a socket. The server sends one message there, with the file, before the slot's `body_state`
 *     changes, and closes its end. It is the one thing that a worker cannot do without: where the socket is full, it waits.
 */
#pragma once
#include <stdint.h>
#include <sys/types.h>

enum martlet_handover_kind {
    MARTLET_HANDOVER_FILE = 1,   /* the response's body: from `offset`, as long as the response announced */
    MARTLET_HANDOVER_SOCKET = 2, /* the other end is the application's, as werkzeug.socket */
    MARTLET_HANDOVER_HINTS = 3,  /* field lines of an early hint, as text */
    MARTLET_HANDOVER_BODY = 4,   /* to the server: where the request's body is to be sent to; from it: the file with all of it */
};

enum { MARTLET_HANDOVER_TEXT = 16 * 1024 /* Node.js stops at 16 KB of header as well */ };

typedef struct {
    uint32_t slot, generation;
    uint32_t kind, length; /* length: of the text */
    int64_t offset;
} martlet_handover;

/* The server's end, then the workers'; closed on exec. -1 and errno on failure. */
int martlet_handover_create(int ends[_Nonnull 2]);

/* Sends a message with `message->length` bytes of text, and a descriptor unless that is -1. Returns 0, or an errno. */
int martlet_handover_send(int socket, const martlet_handover *_Nonnull message, const void *_Nullable text, int descriptor);

/* Receives one message; `descriptor` is -1 where it has none. Returns 1, or 0 where none is there. A message that is not
 * well formed has kind 0, and so has one with text where there is no place for it. */
int martlet_handover_receive(
    int socket, martlet_handover *_Nonnull message, void *_Nullable text, int *_Nonnull descriptor);

/* Reads from the page cache alone: EAGAIN where the disk would have to be waited for. -1 and errno on failure. */
long martlet_read_cached(int file, void *_Nonnull buffer, unsigned long count, int64_t offset);

/* Whether the descriptor is a connected stream socket of this machine (AF_UNIX). */
int martlet_is_local_stream(int descriptor);

/* Has the kernel say, with every message that is sent to this Unix socket from now on, which process has sent it. -1 and errno on
 * failure. */
int martlet_name_senders(int socket);

/* As recv; `sender` is the process that has sent the message, or 0 where the kernel has not said. */
ssize_t martlet_receive_from(int socket, void *_Nonnull bytes, size_t count, pid_t *_Nonnull sender);
