/*
 * run --check: what a program and its DLLs import that we do not have, found without running anything.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>

/* Prints the report about the program at the Unix path, as text or JSON. Returns the exit status: 0
 * nothing is missing, 1 something is, 126 the file is not a program that runs here. */
int check_program(const char *path, bool json);

#endif
