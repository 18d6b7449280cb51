/* A shared object that needs room for thread-local variables in the static TLS block. An
 * object that is loaded later finds little room there. host.c opens copies of it. */
#ifndef ROOM
#define ROOM 512
#endif
static __thread char room[ROOM];

__attribute__((visibility("default"))) char *tls_room(void);

char *tls_room(void) {
    return room;
}
