#include "martlet_resolver.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

/// A try takes so many seconds, and there are two of them for each server; without this, resolv.conf's 5 and 2. Whoever waits for the
/// name has given up by then (connect-timeout).
enum { SECONDS = 2, TRIES = 2 };

static int use(struct __res_state *state, const struct sockaddr *server)
{
    state->nscount = 1;
    if (server->sa_family == AF_INET) {
        memcpy(&state->nsaddr_list[0], server, sizeof(struct sockaddr_in));
        return 0;
    }
    // The C library's own way to say that the address is among the longer ones.
    struct sockaddr_in6 *address = state->_u._ext.nsaddrs[0];
    if (!address) {
        address = malloc(sizeof *address);
        if (!address) return -1;
    }
    memcpy(address, server, sizeof *address);
    state->_u._ext.nsaddrs[0] = address;
    state->_u._ext.nssocks[0] = -1;
    state->_u._ext.nscount = 1;
    state->nsaddr_list[0].sin_family = 0;
    return 0;
}

int martlet_dns_query(const struct sockaddr *server, const char *name, int type, unsigned char *answer, int capacity)
{
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1000;
    state.retrans = SECONDS;
    state.retry = TRIES;
    if (server && use(&state, server) != 0) {
        res_nclose(&state);
        return -1000;
    }
    int length = res_nquery(&state, name, ns_c_in, type, answer, capacity);
    int problem = state.res_h_errno;
    res_nclose(&state);
    if (length < 0) return problem > 0 ? -problem : -1000;
    return length < capacity ? length : capacity;
}
