/* The tests of msvcrt for the universal runtime. */
#define UCRT
#include "../msvcrt/cxx_frames.c"
