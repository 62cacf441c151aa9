/*
 * GwMath: a function of the host's libm for 32-bit guests. Its number is its place in libm.def, its
 * arguments are x, y, z; remquo's third is written back to z.
 */
#ifndef GASTWIRT_MATH_CALL_H
#define GASTWIRT_MATH_CALL_H

union math_value {
    double d;
    float f;
    int i;
    long long l;
};

struct math_call {
    union math_value x, y, z, result;
};

#endif
