/* msvcrt/lowio.c with the universal runtime. */
#define UCRT
#include "../msvcrt/lowio.c"
