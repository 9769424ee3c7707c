/*
 * The memory that the server and the Python workers of one application share.
 *
 * Rules:
 *
 *  1. Both sides compute the layout from the same few numbers (martlet_layout_make); nothing in the region describes it.
 *  2. The server trusts nothing that it reads here. Lengths, states and positions are checked on every read; what a slot
 *     belongs to, which slots are free and which worker may exist is kept in the server's own memory.
 *  3. There are no locks. A worker may die between any two instructions and leaves nothing locked:
 *     - a request is claimed by one compare-and-swap on its slot's `claim`, which says at once who has it;
 *     - the server takes a request back that nobody waits for by the same compare-and-swap;
 *     - the queue's `head` is only a hint that is advanced past entries that nobody can claim by whoever comes by;
 *     - completions are bits, so that setting one twice, or never, breaks nothing.
 *  4. A slot is used by one request at a time. Its generation is in `claim`, and goes up with each use.
 *  5. What different sides write stands on different cache lines; the *_line fields are the padding.
 *  6. Each field is written by one side only, but for `claim`, the queue's `head` and the wake-up words.
 */
#pragma once
#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>

enum {
    MARTLET_LANE_SLOTS = 256,            /* requests in flight for one event loop */
    MARTLET_LANE_WORDS = MARTLET_LANE_SLOTS / 64,
    MARTLET_MAXIMUM_WORKERS = 256,
    MARTLET_MAXIMUM_THREADS = 256,       /* per worker */
    /* A head has at most 65,535 bytes, and a field at least four (`a:` and its line end) for the eight of its entry in the
     * table: 192 KB for both. What is in no field makes room for the names and addresses. A page that is not written costs
     * nothing. */
    MARTLET_HEAD_CAPACITY = 200 * 1024,
    MARTLET_REQUEST_CAPACITY = 64 * 1024,  /* ring of body bytes; a power of two */
    MARTLET_RESPONSE_CAPACITY = 128 * 1024 /* ring of head and body bytes; a power of two */
};

/* The low half of a slot's claim. The high half is the generation. */
enum {
    MARTLET_CLAIM_FREE = 0,
    MARTLET_CLAIM_READY = 1
};
#define MARTLET_CLAIM_TAKEN 0x80000000u /* | worker << 16 | thread */

enum martlet_body_state {
    MARTLET_BODY_OPEN = 0,
    MARTLET_BODY_COMPLETE = 1,
    /* The rest will not come: */
    MARTLET_BODY_GONE = 2,       /* the client has gone away */
    MARTLET_BODY_SLOW = 3,       /* it was too slow */
    MARTLET_BODY_MALFORMED = 4,  /* it broke the protocol */
    MARTLET_BODY_LARGE = 5,      /* it sent more than it may */
    MARTLET_BODY_UNREADABLE = 6, /* the server cannot read what it has stored of it, or not hand it over */
    /* All of it is in a file: see martlet_handover.h. */
    MARTLET_BODY_STORED = 7, /* the server has that */
    MARTLET_BODY_HANDED = 8, /* it lies in the socket that it was asked for with */
};

enum martlet_response_phase {
    MARTLET_RESPONSE_NONE = 0,
    MARTLET_RESPONSE_STREAMING = 1, /* the head and some of the body are there */
    MARTLET_RESPONSE_COMPLETE = 2,  /* all of it is there; the worker does not touch the slot again */
    MARTLET_RESPONSE_ABORTED = 3,   /* what was sent is not whole; the worker does not touch the slot again */
};

enum martlet_request_flags {
    MARTLET_REQUEST_HEAD = 1,        /* the method is HEAD */
    MARTLET_REQUEST_HTTP10 = 2,
    MARTLET_REQUEST_HTTPS = 4,
    MARTLET_REQUEST_BODY = 8,        /* a body follows, or is here */
    MARTLET_REQUEST_UPGRADE = 16,    /* the client offers to leave HTTP, and there is no body */
    MARTLET_REQUEST_TAKEN = 32,      /* all of the body is here: in the ring, from its start, or in a file */
    MARTLET_REQUEST_HTTP2 = 64,
};

/* With the status: the worker speaks for the application, which has failed. */
#define MARTLET_STATUS_OWN 0x10000u
/* With the status: the body is a file of which the application sends all that is announced. */
#define MARTLET_STATUS_FILE 0x20000u

/* A part of the head area, in bytes from its start. */
typedef struct {
    uint32_t start;
    uint32_t end;
} martlet_span;

/* One field line, as RequestHead.Field lays it out. */
typedef struct {
    uint16_t name_start, name_end, value_start, value_end;
} martlet_field;

typedef struct {
    uint64_t claim;
    char claim_line[56];

    /* Written by the server. */
    uint32_t wake;       /* futex: goes up when something changed that the worker may wait for */
    uint32_t cancelled;               /* the client is gone */
    uint32_t flags;
    uint32_t field_count;
    uint32_t fields;                  /* offset of the martlet_field table in the head area */
    uint32_t body_state;
    martlet_span method, target, mount, path, query;
    martlet_span authority;           /* of an absolute-form target; empty otherwise */
    martlet_span remote_address, remote_port, server_name, server_port;
    martlet_span client_subject, client_certificate; /* of a client whose certificate was verified; empty otherwise */
    martlet_span remote_user;         /* who the server has let the request in for; empty otherwise */
    uint64_t connection_number;       /* with `sequence` the request's id in logs */
    uint64_t sequence;
    int64_t content_length;           /* -1: not known */
    uint64_t body_written;
    uint64_t response_consumed;
    char server_lines[24];

    /* Written by the worker. */
    uint32_t response_phase;
    uint32_t status;
    uint32_t reason_length;           /* the response ring begins with the reason, */
    uint32_t block_length;            /* then the field lines, then the body */
    uint32_t body_wanted;             /* a read waits, or waited, for the body */
    uint32_t waiting;                 /* how many threads sleep on `wake`, or are about to */
    int64_t response_length;          /* announced length of the body; -1: none */
    uint64_t body_consumed;
    uint64_t response_written;        /* with reason and field lines */
    uint32_t handovers;               /* messages sent on the handover socket for this request; see martlet_handover.h */
    char worker_line[12];
} martlet_slot;

typedef struct {
    uint64_t tail;  /* written by the server */
    uint32_t allows_underscores; /* written by the server before the first worker starts */
    char tail_line[52];
    uint64_t head;  /* a hint, advanced by workers, and by the server past requests that it has taken back */
    char head_line[56];
} martlet_queue;

typedef struct {
    uint64_t ready[MARTLET_LANE_WORDS];
    char ready_line[32];
    uint32_t armed; /* the event loop sleeps: write to its pipe */
    char armed_line[60];
    uint32_t cpu;   /* where the event loop ran last; written by the server */
    char cpu_line[60];
} martlet_lane;

typedef struct {
    uint32_t futex; /* the sleeping threads' word */
    uint32_t sleepers;
    uint32_t waking;             /* a thread was woken and has not come to the queue yet */
    uint32_t stop;               /* written by the server, or by the worker itself */
    char wake_line[48];
    uint64_t served;
    char count_line[56];
} martlet_worker;

/* Where things are, in bytes from the start of the region. */
typedef struct {
    uint32_t lanes, workers, slots;
    uint64_t queue_mask;
    size_t lane_offset, worker_offset, entry_offset, slot_offset, head_offset, request_offset, response_offset;
    size_t size;
} martlet_layout;

martlet_layout martlet_layout_make(uint32_t lanes, uint32_t workers);

static inline martlet_queue *martlet_queue_of(void *base) { return (martlet_queue *)base; }
static inline uint64_t *martlet_entry_at(void *base, const martlet_layout *layout, uint64_t position) {
    return (uint64_t *)((char *)base + layout->entry_offset) + (position & layout->queue_mask);
}
static inline martlet_lane *martlet_lane_at(void *base, const martlet_layout *layout, uint32_t lane) {
    return (martlet_lane *)((char *)base + layout->lane_offset) + lane;
}
static inline martlet_worker *martlet_worker_at(void *base, const martlet_layout *layout, uint32_t worker) {
    return (martlet_worker *)((char *)base + layout->worker_offset) + worker;
}
static inline martlet_slot *martlet_slot_at(void *base, const martlet_layout *layout, uint32_t slot) {
    return (martlet_slot *)((char *)base + layout->slot_offset) + slot;
}
static inline char *martlet_head_at(void *base, const martlet_layout *layout, uint32_t slot) {
    return (char *)base + layout->head_offset + (size_t)slot * MARTLET_HEAD_CAPACITY;
}
static inline char *martlet_request_at(void *base, const martlet_layout *layout, uint32_t slot) {
    return (char *)base + layout->request_offset + (size_t)slot * MARTLET_REQUEST_CAPACITY;
}
static inline char *martlet_response_at(void *base, const martlet_layout *layout, uint32_t slot) {
    return (char *)base + layout->response_offset + (size_t)slot * MARTLET_RESPONSE_CAPACITY;
}

/* Atomics on shared memory: Swift's own work only on memory that Swift allocated. */
static inline uint32_t martlet_load32(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
static inline uint64_t martlet_load64(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline int64_t martlet_load_signed(const int64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void martlet_store32(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }
static inline void martlet_store64(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
static inline uint32_t martlet_add32(uint32_t *word, uint32_t value) {
    return __atomic_add_fetch(word, value, __ATOMIC_SEQ_CST);
}
static inline uint64_t martlet_add64(uint64_t *word, uint64_t value) {
    return __atomic_add_fetch(word, value, __ATOMIC_RELAXED);
}
static inline uint32_t martlet_swap32(uint32_t *word, uint32_t value) {
    return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}
static inline uint64_t martlet_swap64(uint64_t *word, uint64_t value) {
    return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}
static inline uint64_t martlet_or64(uint64_t *word, uint64_t bits) {
    return __atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
}
static inline bool martlet_compare_swap64(uint64_t *word, uint64_t expected, uint64_t desired) {
    return __atomic_compare_exchange_n(word, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
}
static inline void martlet_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/* Sleeps while *word is `seen`, at most `milliseconds` (-1: for ever). Returns 0, or an errno. */
int martlet_futex_wait(uint32_t *word, uint32_t seen, int milliseconds);
/* Wakes up to `count` sleepers. */
void martlet_futex_wake(uint32_t *word, int count);

/* An anonymous file for the region, closed on exec; -1 and errno on failure. Nobody can change its size: a worker that cut it short
 * would end the server by SIGBUS. */
int martlet_memory_create(size_t size);

/* An anonymous file with this text, closed on exec, that nobody can change; -1 and errno on failure. */
int martlet_text_create(const void *text, size_t size);

/* The processor that the calling thread runs on. */
uint32_t martlet_cpu(void);

/* A clock that only goes forward, in nanoseconds. */
uint64_t martlet_clock(void);

/* Whether this process is a fork of one that loaded the library: its memory is a copy, the slots are not its own. */
bool martlet_is_forked(void);
void martlet_watch_forks(void);

/* Has a descriptor closed in every child that is forked: one that an application leaves running must not keep the disk full with
 * the body of a request that is long over. Returns what to end that with, before the descriptor is closed; -1 where there are too
 * many of them. */
int martlet_withhold(int fd);
void martlet_withhold_no_more(int entry);

/* Starts a thread that ends this process when the server is gone: when `control` is hung up and the parent is not `server`. */
void martlet_watch_server(int control, int server);

/* A pipe, closed on exec; -1 and errno on failure. */
int martlet_pipe_create(int ends[2]);

/* Moves a descriptor above those that applications close wholesale, and marks it close-on-exec; returns the new number. */
int martlet_out_of_the_way(int fd);

/* Sends bytes and descriptors over a Unix socket, at most so many. Returns 0, or an errno. */
enum { MARTLET_DESCRIPTORS_AT_ONCE = 250 }; /* Linux: SCM_MAX_FD is 253 */
int martlet_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count);

/* From now on orphaned descendants become children of this process. */
void martlet_adopt_orphans(void);
