/* The string tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/string.c"
