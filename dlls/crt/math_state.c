void crt_math_init(void) {}
