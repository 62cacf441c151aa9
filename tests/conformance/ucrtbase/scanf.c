/* The scanf tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/scanf.c"
