#ifndef TIDEMARK_HARNESS_FREEPORT_H
#define TIDEMARK_HARNESS_FREEPORT_H

/*
 * A TCP port on which nothing listens, on no address of this machine; 0 where none was
 * found. Nobody keeps it for the caller: whoever wants it takes it soon. It lies below
 * those that Linux gives to outgoing connections by itself.
 */
unsigned freeport_find(void);

#endif
