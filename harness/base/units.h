#ifndef TIDEMARK_HARNESS_UNITS_H
#define TIDEMARK_HARNESS_UNITS_H

#define MIB (1024.0 * 1024.0) /* bytes; for figures that people read */

#endif
