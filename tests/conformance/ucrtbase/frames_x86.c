/* The tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/frames_x86.c"
