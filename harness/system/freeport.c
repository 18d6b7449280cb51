#include "freeport.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOWEST = 10000, COUNT = 20000, TRIES = 200 };

/* Does not set SO_REUSEADDR: a port with a lingering connection counts as in use, too. */
static bool can_bind(int family, const struct sockaddr *address, socklen_t length) {
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool can = fd >= 0 && bind(fd, address, length) == 0;
    if (fd >= 0)
        close(fd);
    return can;
}

static bool has_ipv6(void) {
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    return can_bind(AF_INET6, (struct sockaddr *)&any, sizeof any);
}

static bool is_free(unsigned port, bool ipv6) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_port = htons((in_port_t)port)};
    return can_bind(AF_INET, (struct sockaddr *)&four, sizeof four) &&
           (!ipv6 || can_bind(AF_INET6, (struct sockaddr *)&six, sizeof six));
}

unsigned freeport_find(void) {
    bool ipv6 = has_ipv6();
    for (int i = 0; i < TRIES; i++) {
        unsigned random;
        if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
            random = (unsigned)rand();
        unsigned port = LOWEST + random % COUNT;
        if (is_free(port, ipv6))
            return port;
    }
    return 0;
}
