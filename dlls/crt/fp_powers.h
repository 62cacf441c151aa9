/* 10^(2^i) and 10^-(2^i) as 64-bit mantissas, rounded to nearest; value = mantissa * 2^exponent. */
static const struct scaled positive_powers[9] = {
    {0xa000000000000000ull, -60}, {0xc800000000000000ull, -57}, {0x9c40000000000000ull, -50},
    {0xbebc200000000000ull, -37}, {0x8e1bc9bf04000000ull, -10}, {0x9dc5ada82b70b59eull, 43},
    {0xc2781f49ffcfa6d5ull, 149}, {0x93ba47c980e98ce0ull, 362}, {0xaa7eebfb9df9de8eull, 787},
};
static const struct scaled negative_powers[9] = {
    {0xcccccccccccccccdull, -67},  {0xa3d70a3d70a3d70aull, -70},  {0xd1b71758e219652cull, -77},
    {0xabcc77118461cefdull, -90},  {0xe69594bec44de15bull, -117}, {0xcfb11ead453994baull, -170},
    {0xa87fea27a539e9a5ull, -276}, {0xddd0467c64bce4a1ull, -489}, {0xc0314325637a193aull, -914},
};
