#ifndef TIDEMARK_HARNESS_CHILDENV_H
#define TIDEMARK_HARNESS_CHILDENV_H

/*
 * The driver's environment with the variables of `added` ("NAME=VALUE", ended by NULL;
 * may be NULL itself), which replace those of the same name. Only the array is the
 * caller's to free; the texts are `added`'s and the environment's. NULL without memory.
 */
char **childenv_make(char *const added[]);

#endif
