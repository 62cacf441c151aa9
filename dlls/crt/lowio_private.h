/*
 * What the files of the descriptor functions share.
 */
#ifndef CRT_LOWIO_PRIVATE_H
#define CRT_LOWIO_PRIVATE_H

#include "crt.h"

int fd_allocate(void);                 /* a free slot, locked and marked open; -1 with EMFILE */
void fd_bind(int fd, intptr_t handle); /* also makes it the process's standard handle in console programs */

#endif
