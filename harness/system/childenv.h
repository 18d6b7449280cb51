#ifndef TIDEMARK_HARNESS_CHILDENV_H
#define TIDEMARK_HARNESS_CHILDENV_H

/*
 * Makes an environment out of `base` and the variables of `added` ("NAME=VALUE", ended by
 * NULL). A variable of `added` replaces one of the same name in `base`. `added` may be
 * NULL. The caller frees the array but not the texts, which belong to `added` and `base`.
 * childenv_make() takes the driver's own environment as `base`.
 */
char **childenv_make_from(char *const base[], char *const added[]);
char **childenv_make(char *const added[]);

/* A variable that preloads `library`, and then what the driver's own LD_PRELOAD names.
 * The caller frees it. */
char *childenv_preload(const char *library);

#endif
