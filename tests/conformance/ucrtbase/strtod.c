/* The strtod tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/strtod.c"
