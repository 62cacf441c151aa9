/*
 * Console process groups: a process belongs to the group it was started in, which has the id of its first
 * one.
 */
#ifndef PS_GROUP_H
#define PS_GROUP_H

#include <stdbool.h>
#include <stdint.h>

/* Sends a Unix signal to the other processes of a group (0: all of this console), and says how many there are
 * and whether this process is one. */
unsigned ps_signal_group(uint32_t group, int number, bool *ret_own);

#endif
