#define UCRT
#include "../msvcrt/lowio.c"
