#ifndef MARTLET_RESOLVER_H
#define MARTLET_RESOLVER_H

#include <sys/socket.h>

/// Asks the name servers of the system, or another one, for the records of a name, and waits for the answer: up to some seconds.
///
/// @param server where to ask: IPv4 or IPv6 with a port; NULL for those of /etc/resolv.conf.
/// @param name without regard to search domains.
/// @param type of the records, by the numbers of DNS.
/// @return how many bytes the answer has, no more than `capacity`; if there is none, 0 less the h_errno of netdb.h, or -1000 for
///     an error of the system.
int martlet_dns_query(const struct sockaddr *server, const char *name, int type, unsigned char *answer, int capacity);

#endif
