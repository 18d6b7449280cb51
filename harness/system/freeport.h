#ifndef TIDEMARK_HARNESS_FREEPORT_H
#define TIDEMARK_HARNESS_FREEPORT_H

/*
 * Finds a TCP port on which nothing listens, on any address of this machine. 0 if none
 * was found. The port is not reserved, so the caller must use it soon. It lies below the
 * ports that Linux gives to outgoing connections by default.
 */
unsigned freeport_find(void);

#endif
