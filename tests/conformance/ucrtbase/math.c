/* The math tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/math.c"
