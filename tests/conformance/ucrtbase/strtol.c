/* The strtol tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/strtol.c"
