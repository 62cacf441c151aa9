/*
 * The keyboard: the US layout, which is the only one. Keys by scan code, what they write, and back.
 */
#include <windows.h>

#define LAYOUT ((HKL)(ULONG_PTR)0x04090409)

enum { EXTENDED = 0xe000, LETTER = 1, KEYPAD = 2 };

static const struct key {
    BYTE virtual_key;
    WORD scan;
    BYTE plain, shifted, kind;
} keys[] = {
    {VK_ESCAPE, 0x01, 27, 27, 0},
    {'1', 0x02, '1', '!', 0},
    {'2', 0x03, '2', '@', 0},
    {'3', 0x04, '3', '#', 0},
    {'4', 0x05, '4', '$', 0},
    {'5', 0x06, '5', '%', 0},
    {'6', 0x07, '6', '^', 0},
    {'7', 0x08, '7', '&', 0},
    {'8', 0x09, '8', '*', 0},
    {'9', 0x0a, '9', '(', 0},
    {'0', 0x0b, '0', ')', 0},
    {VK_OEM_MINUS, 0x0c, '-', '_', 0},
    {VK_OEM_PLUS, 0x0d, '=', '+', 0},
    {VK_BACK, 0x0e, '\b', '\b', 0},
    {VK_TAB, 0x0f, '\t', '\t', 0},
    {'Q', 0x10, 'q', 'Q', LETTER},
    {'W', 0x11, 'w', 'W', LETTER},
    {'E', 0x12, 'e', 'E', LETTER},
    {'R', 0x13, 'r', 'R', LETTER},
    {'T', 0x14, 't', 'T', LETTER},
    {'Y', 0x15, 'y', 'Y', LETTER},
    {'U', 0x16, 'u', 'U', LETTER},
    {'I', 0x17, 'i', 'I', LETTER},
    {'O', 0x18, 'o', 'O', LETTER},
    {'P', 0x19, 'p', 'P', LETTER},
    {VK_OEM_4, 0x1a, '[', '{', 0},
    {VK_OEM_6, 0x1b, ']', '}', 0},
    {VK_RETURN, 0x1c, '\r', '\r', 0},
    {VK_LCONTROL, 0x1d, 0, 0, 0},
    {'A', 0x1e, 'a', 'A', LETTER},
    {'S', 0x1f, 's', 'S', LETTER},
    {'D', 0x20, 'd', 'D', LETTER},
    {'F', 0x21, 'f', 'F', LETTER},
    {'G', 0x22, 'g', 'G', LETTER},
    {'H', 0x23, 'h', 'H', LETTER},
    {'J', 0x24, 'j', 'J', LETTER},
    {'K', 0x25, 'k', 'K', LETTER},
    {'L', 0x26, 'l', 'L', LETTER},
    {VK_OEM_1, 0x27, ';', ':', 0},
    {VK_OEM_7, 0x28, '\'', '"', 0},
    {VK_OEM_3, 0x29, '`', '~', 0},
    {VK_LSHIFT, 0x2a, 0, 0, 0},
    {VK_OEM_5, 0x2b, '\\', '|', 0},
    {'Z', 0x2c, 'z', 'Z', LETTER},
    {'X', 0x2d, 'x', 'X', LETTER},
    {'C', 0x2e, 'c', 'C', LETTER},
    {'V', 0x2f, 'v', 'V', LETTER},
    {'B', 0x30, 'b', 'B', LETTER},
    {'N', 0x31, 'n', 'N', LETTER},
    {'M', 0x32, 'm', 'M', LETTER},
    {VK_OEM_COMMA, 0x33, ',', '<', 0},
    {VK_OEM_PERIOD, 0x34, '.', '>', 0},
    {VK_OEM_2, 0x35, '/', '?', 0},
    {VK_RSHIFT, 0x36, 0, 0, 0},
    {VK_MULTIPLY, 0x37, '*', '*', 0},
    {VK_LMENU, 0x38, 0, 0, 0},
    {VK_SPACE, 0x39, ' ', ' ', 0},
    {VK_CAPITAL, 0x3a, 0, 0, 0},
    {VK_F1, 0x3b, 0, 0, 0},
    {VK_F2, 0x3c, 0, 0, 0},
    {VK_F3, 0x3d, 0, 0, 0},
    {VK_F4, 0x3e, 0, 0, 0},
    {VK_F5, 0x3f, 0, 0, 0},
    {VK_F6, 0x40, 0, 0, 0},
    {VK_F7, 0x41, 0, 0, 0},
    {VK_F8, 0x42, 0, 0, 0},
    {VK_F9, 0x43, 0, 0, 0},
    {VK_F10, 0x44, 0, 0, 0},
    {VK_NUMLOCK, 0x45, 0, 0, 0},
    {VK_SCROLL, 0x46, 0, 0, 0},
    {VK_HOME, EXTENDED | 0x47, 0, 0, 0},
    {VK_UP, EXTENDED | 0x48, 0, 0, 0},
    {VK_PRIOR, EXTENDED | 0x49, 0, 0, 0},
    {VK_SUBTRACT, 0x4a, '-', '-', 0},
    {VK_LEFT, EXTENDED | 0x4b, 0, 0, 0},
    {VK_CLEAR, 0x4c, 0, 0, 0},
    {VK_RIGHT, EXTENDED | 0x4d, 0, 0, 0},
    {VK_ADD, 0x4e, '+', '+', 0},
    {VK_END, EXTENDED | 0x4f, 0, 0, 0},
    {VK_DOWN, EXTENDED | 0x50, 0, 0, 0},
    {VK_NEXT, EXTENDED | 0x51, 0, 0, 0},
    {VK_INSERT, EXTENDED | 0x52, 0, 0, 0},
    {VK_DELETE, EXTENDED | 0x53, 0, 0, 0},
    {VK_CANCEL, EXTENDED | 0x46, 3, 3, 0},
    {VK_NUMPAD7, 0x47, '7', 0, KEYPAD},
    {VK_NUMPAD8, 0x48, '8', 0, KEYPAD},
    {VK_NUMPAD9, 0x49, '9', 0, KEYPAD},
    {VK_NUMPAD4, 0x4b, '4', 0, KEYPAD},
    {VK_NUMPAD5, 0x4c, '5', 0, KEYPAD},
    {VK_NUMPAD6, 0x4d, '6', 0, KEYPAD},
    {VK_NUMPAD1, 0x4f, '1', 0, KEYPAD},
    {VK_NUMPAD2, 0x50, '2', 0, KEYPAD},
    {VK_NUMPAD3, 0x51, '3', 0, KEYPAD},
    {VK_NUMPAD0, 0x52, '0', 0, KEYPAD},
    {VK_DECIMAL, 0x53, '.', 0, KEYPAD},
    {VK_SNAPSHOT, 0x54, 0, 0, 0},
    {VK_OEM_102, 0x56, '\\', '|', 0},
    {VK_F11, 0x57, 0, 0, 0},
    {VK_F12, 0x58, 0, 0, 0},
    {VK_RCONTROL, EXTENDED | 0x1d, 0, 0, 0},
    {VK_DIVIDE, EXTENDED | 0x35, '/', '/', 0},
    {VK_RMENU, EXTENDED | 0x38, 0, 0, 0},
    {VK_LWIN, EXTENDED | 0x5b, 0, 0, 0},
    {VK_RWIN, EXTENDED | 0x5c, 0, 0, 0},
    {VK_APPS, EXTENDED | 0x5d, 0, 0, 0},
};

/* The left one stands for both. */
static const struct key *by_virtual_key(UINT code)
{
    if (code == VK_SHIFT || code == VK_CONTROL || code == VK_MENU)
        code = code == VK_SHIFT ? VK_LSHIFT : code == VK_CONTROL ? VK_LCONTROL : VK_LMENU;
    for (size_t i = 0; i < ARRAYSIZE(keys); i++)
        if (keys[i].virtual_key == code)
            return &keys[i];
    return NULL;
}

/* Without its prefix a key of the number block is what it is without Num Lock. */
static const struct key *by_scan_code(UINT scan)
{
    const UINT wanted = (scan & 0xff00) == 0xe000 || (scan & 0xff00) == 0xe100 ? EXTENDED | (scan & 0xff)
                                                                               : scan & 0xff;
    for (size_t i = 0; i < ARRAYSIZE(keys); i++)
        if (keys[i].kind != KEYPAD && keys[i].scan == wanted)
            return &keys[i];
    for (size_t i = 0; i < ARRAYSIZE(keys) && wanted < 0x100; i++)
        if (keys[i].kind != KEYPAD && keys[i].scan == (EXTENDED | wanted) && wanted >= 0x47 && wanted <= 0x53)
            return &keys[i];
    return NULL;
}

static UINT without_side(UINT code)
{
    switch (code) {
    case VK_LSHIFT:
    case VK_RSHIFT: return VK_SHIFT;
    case VK_LCONTROL:
    case VK_RCONTROL: return VK_CONTROL;
    case VK_LMENU:
    case VK_RMENU: return VK_MENU;
    default: return code;
    }
}

UINT WINAPI MapVirtualKeyExW(UINT code, UINT type, HKL layout)
{
    const struct key *key = type == MAPVK_VSC_TO_VK || type == MAPVK_VSC_TO_VK_EX ? by_scan_code(code)
                                                                                  : by_virtual_key(code);
    (void)layout;
    if (type > MAPVK_VK_TO_VSC_EX) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (!key)
        return 0;
    switch (type) {
    case MAPVK_VK_TO_VSC: return key->scan & 0xff;
    case MAPVK_VSC_TO_VK: return without_side(key->virtual_key);
    case MAPVK_VK_TO_CHAR: return key->kind == LETTER ? key->shifted : key->plain;
    case MAPVK_VSC_TO_VK_EX: return key->virtual_key;
    default: return key->scan;
    }
}

UINT WINAPI MapVirtualKeyExA(UINT code, UINT type, HKL layout)
{
    return MapVirtualKeyExW(code, type, layout); /* what the keys write is ASCII */
}

UINT WINAPI MapVirtualKeyW(UINT code, UINT type)
{
    return MapVirtualKeyExW(code, type, LAYOUT);
}

UINT WINAPI MapVirtualKeyA(UINT code, UINT type)
{
    return MapVirtualKeyExW(code, type, LAYOUT);
}

/* ---------------------------------------------------------------- characters to keys */

SHORT WINAPI VkKeyScanExW(WCHAR character, HKL layout)
{
    enum { SHIFT = 0x100, CONTROL = 0x200 };
    (void)layout;
    if (character == '\n' || character == 0x7f)
        return (SHORT)(CONTROL | (character == '\n' ? VK_RETURN : VK_BACK));
    for (size_t i = 0; i < ARRAYSIZE(keys) && character; i++) {
        if (keys[i].kind == KEYPAD)
            continue;
        if (keys[i].plain == character)
            return keys[i].virtual_key;
        if (keys[i].shifted == character)
            return (SHORT)(SHIFT | keys[i].virtual_key);
    }
    if (character && character <= 26)
        return (SHORT)(CONTROL | (character + 'A' - 1));
    switch (character) {
    case 0: return (SHORT)(CONTROL | '2');
    case 28: return (SHORT)(CONTROL | VK_OEM_5);
    case 29: return (SHORT)(CONTROL | VK_OEM_6);
    case 30: return (SHORT)(CONTROL | SHIFT | '6');
    case 31: return (SHORT)(CONTROL | SHIFT | VK_OEM_MINUS);
    default: return -1;
    }
}

SHORT WINAPI VkKeyScanExA(CHAR character, HKL layout)
{
    WCHAR wide = 0;
    MultiByteToWideChar(CP_ACP, 0, &character, 1, &wide, 1);
    return VkKeyScanExW(wide, layout);
}

SHORT WINAPI VkKeyScanW(WCHAR character)
{
    return VkKeyScanExW(character, LAYOUT);
}

SHORT WINAPI VkKeyScanA(CHAR character)
{
    return VkKeyScanExA(character, LAYOUT);
}

/* The scan code, and Shift as the upper half. */
DWORD WINAPI OemKeyScan(WORD character)
{
    const CHAR byte = (CHAR)character;
    WCHAR wide = 0;
    if (character > 0xff || !MultiByteToWideChar(CP_OEMCP, 0, &byte, 1, &wide, 1))
        return (DWORD)-1;
    const SHORT found = VkKeyScanExW(wide, LAYOUT);
    if (found == -1)
        return (DWORD)-1;
    return MapVirtualKeyExW((UINT)found & 0xff, MAPVK_VK_TO_VSC, LAYOUT) | ((DWORD)found >> 8 & 0xff) << 16;
}

/* ---------------------------------------------------------------- keys to characters */

static BOOL pressed(const BYTE *state, int code)
{
    return state && state[code] & 0x80;
}

int WINAPI ToUnicodeEx(UINT code, UINT scan, const BYTE *state, LPWSTR buffer, int size, UINT flags,
                       HKL layout)
{
    const struct key *key = by_virtual_key(code);
    const BOOL shift = pressed(state, VK_SHIFT), control = pressed(state, VK_CONTROL);
    (void)flags, (void)layout;
    if (!key || !key->plain || scan & 0x8000 || size < 1 || pressed(state, VK_MENU) != 0)
        return 0;
    WCHAR character = shift && key->kind != KEYPAD ? key->shifted : key->plain;
    if (key->kind == LETTER) {
        const BOOL capital = state && state[VK_CAPITAL] & 1;
        character = shift != capital ? key->shifted : key->plain;
    }
    if (control) {
        if (key->kind == LETTER)
            character = key->virtual_key - 'A' + 1;
        else if (code == VK_RETURN || code == VK_BACK)
            character = code == VK_RETURN ? '\n' : 0x7f;
        else if (code == VK_OEM_4 || code == VK_OEM_5 || code == VK_OEM_6)
            character = code == VK_OEM_4 ? 27 : code == VK_OEM_5 ? 28 : 29;
        else if (shift && (code == '6' || code == VK_OEM_MINUS))
            character = code == '6' ? 30 : 31;
        else if (code != VK_SPACE)
            return 0;
    }
    buffer[0] = character;
    if (size > 1)
        buffer[1] = 0;
    return 1;
}

int WINAPI ToUnicode(UINT code, UINT scan, const BYTE *state, LPWSTR buffer, int size, UINT flags)
{
    return ToUnicodeEx(code, scan, state, buffer, size, flags, LAYOUT);
}

int WINAPI ToAsciiEx(UINT code, UINT scan, const BYTE *state, LPWORD buffer, UINT flags, HKL layout)
{
    WCHAR wide[2];
    const int count = ToUnicodeEx(code, scan, state, wide, 2, flags, layout);
    if (count)
        *buffer = wide[0];
    return count;
}

int WINAPI ToAscii(UINT code, UINT scan, const BYTE *state, LPWORD buffer, UINT flags)
{
    return ToAsciiEx(code, scan, state, buffer, flags, LAYOUT);
}

/* ---------------------------------------------------------------- the layout */

HKL WINAPI GetKeyboardLayout(DWORD thread)
{
    (void)thread;
    return LAYOUT;
}

int WINAPI GetKeyboardLayoutList(int count, HKL *list)
{
    if (count > 0 && list)
        list[0] = LAYOUT;
    return 1;
}

BOOL WINAPI GetKeyboardLayoutNameW(LPWSTR name)
{
    if (!name) {
        SetLastError(ERROR_NOACCESS);
        return FALSE;
    }
    lstrcpyW(name, L"00000409");
    return TRUE;
}

BOOL WINAPI GetKeyboardLayoutNameA(LPSTR name)
{
    if (!name) {
        SetLastError(ERROR_NOACCESS);
        return FALSE;
    }
    lstrcpyA(name, "00000409");
    return TRUE;
}
