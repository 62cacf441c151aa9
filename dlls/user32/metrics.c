/*
 * System metrics at 96 DPI without a display: a virtual screen of one monitor.
 */
#include <windows.h>

#define SCREEN_WIDTH  1024
#define SCREEN_HEIGHT 768

static const struct {
    short index, value;
} metrics[] = {
    {SM_CXSCREEN, SCREEN_WIDTH},
    {SM_CYSCREEN, SCREEN_HEIGHT},
    {SM_CXVSCROLL, 17},
    {SM_CYHSCROLL, 17},
    {SM_CYCAPTION, 23},
    {SM_CXBORDER, 1},
    {SM_CYBORDER, 1},
    {SM_CXDLGFRAME, 3},
    {SM_CYDLGFRAME, 3},
    {SM_CYVTHUMB, 17},
    {SM_CXHTHUMB, 17},
    {SM_CXICON, 32},
    {SM_CYICON, 32},
    {SM_CXCURSOR, 32},
    {SM_CYCURSOR, 32},
    {SM_CYMENU, 20},
    {SM_CXFULLSCREEN, SCREEN_WIDTH},
    {SM_CYFULLSCREEN, SCREEN_HEIGHT - 23},
    {SM_MOUSEPRESENT, 1},
    {SM_CYVSCROLL, 17},
    {SM_CXHSCROLL, 17},
    {SM_CXMIN, 136},
    {SM_CYMIN, 39},
    {SM_CXSIZE, 36},
    {SM_CYSIZE, 22},
    {SM_CXFRAME, 4},
    {SM_CYFRAME, 4},
    {SM_CXMINTRACK, 136},
    {SM_CYMINTRACK, 39},
    {SM_CXDOUBLECLK, 4},
    {SM_CYDOUBLECLK, 4},
    {SM_CXICONSPACING, 75},
    {SM_CYICONSPACING, 75},
    {SM_CMOUSEBUTTONS, 3},
    {SM_CXEDGE, 2},
    {SM_CYEDGE, 2},
    {SM_CXMINSPACING, 160},
    {SM_CYMINSPACING, 24},
    {SM_CXSMICON, 16},
    {SM_CYSMICON, 16},
    {SM_CYSMCAPTION, 23},
    {SM_CXSMSIZE, 22},
    {SM_CYSMSIZE, 22},
    {SM_CXMENUSIZE, 19},
    {SM_CYMENUSIZE, 19},
    {SM_ARRANGE, 8},
    {SM_CXMINIMIZED, 160},
    {SM_CYMINIMIZED, 28},
    {SM_CXMAXTRACK, SCREEN_WIDTH + 12},
    {SM_CYMAXTRACK, SCREEN_HEIGHT + 12},
    {SM_CXMAXIMIZED, SCREEN_WIDTH + 8},
    {SM_CYMAXIMIZED, SCREEN_HEIGHT + 8},
    {SM_NETWORK, 3},
    {SM_CXDRAG, 4},
    {SM_CYDRAG, 4},
    {SM_CXMENUCHECK, 15},
    {SM_CYMENUCHECK, 15},
    {SM_MOUSEWHEELPRESENT, 1},
    {SM_CXVIRTUALSCREEN, SCREEN_WIDTH},
    {SM_CYVIRTUALSCREEN, SCREEN_HEIGHT},
    {SM_CMONITORS, 1},
    {SM_SAMEDISPLAYFORMAT, 1},
    {SM_CXFOCUSBORDER, 1},
    {SM_CYFOCUSBORDER, 1},
    {SM_IMMENABLED, 1},
};

/* Everything else is 0: no remote session, no clean boot, no pen. */
int WINAPI GetSystemMetrics(int index)
{
    for (unsigned i = 0; i < sizeof metrics / sizeof *metrics; i++)
        if (metrics[i].index == index)
            return metrics[i].value;
    return 0;
}
