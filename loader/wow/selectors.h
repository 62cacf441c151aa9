/*
 * Linux's own segments, which i386 and 64-bit code run in.
 */
#ifndef WOW_SELECTORS_H
#define WOW_SELECTORS_H

#define WOW_CODE_SELECTOR 0x23
#define WOW_CODE_64       0x33
#define WOW_DATA_SELECTOR 0x2b

#endif
