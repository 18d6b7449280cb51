/* A shared object that wants its thread-local variables where those are that are there
 * from the start: loaded later there is room for little of that. See host.c. */
#ifndef ROOM
#define ROOM 512
#endif
static __thread char room[ROOM];

__attribute__((visibility("default"))) char *tls_room(void);

char *tls_room(void) {
    return room;
}
