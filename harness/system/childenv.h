#ifndef TIDEMARK_HARNESS_CHILDENV_H
#define TIDEMARK_HARNESS_CHILDENV_H

/*
 * An environment with the variables of `added` ("NAME=VALUE", ended by NULL;
 * may be NULL itself), which replace those of the same name. Only the array is the
 * caller's to free; the texts are `added`'s and the environment's. childenv_make() is
 * that of the driver's. NULL without memory.
 */
char **childenv_make_from(char *const base[], char *const added[]);
char **childenv_make(char *const added[]);

#endif
