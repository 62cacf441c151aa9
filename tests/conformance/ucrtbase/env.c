/* The env tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/env.c"
