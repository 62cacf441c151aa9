/* The locale tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/locale.c"
