/* The stdio tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/stdio.c"
