/*
 * What the command line said, for all components. Set once by main.c, then only read.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

struct run_options {
    const char *state;      /* --state DIR: user state; NULL: the default place */
    bool ephemeral;         /* --ephemeral: user state is thrown away at the end */
    const char *drives[26]; /* --drive X=DIR; [23] is X: */
};

extern struct run_options run_options;

/* The version of this release. */
#define GASTWIRT_VERSION "0.1"

#endif
