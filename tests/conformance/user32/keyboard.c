/* Keys, scan codes and characters of the US layout. */
#include "harness.h"

TEST(map_keys)
{
    static const struct {
        UINT code, type, expected;
    } cases[] = {{'A', MAPVK_VK_TO_VSC, 0x1e},          {'0', MAPVK_VK_TO_VSC, 0x0b},
                 {VK_RETURN, MAPVK_VK_TO_VSC, 0x1c},    {VK_UP, MAPVK_VK_TO_VSC, 0x48},
                 {VK_NUMPAD8, MAPVK_VK_TO_VSC, 0x48},   {VK_SHIFT, MAPVK_VK_TO_VSC, 0x2a},
                 {VK_RSHIFT, MAPVK_VK_TO_VSC, 0x36},    {VK_CONTROL, MAPVK_VK_TO_VSC, 0x1d},
                 {VK_MENU, MAPVK_VK_TO_VSC, 0x38},      {VK_F1, MAPVK_VK_TO_VSC, 0x3b},
                 {VK_F12, MAPVK_VK_TO_VSC, 0x58},       {VK_OEM_1, MAPVK_VK_TO_VSC, 0x27},
                 {VK_ESCAPE, MAPVK_VK_TO_VSC, 1},       {0x0e, MAPVK_VK_TO_VSC, 0},
                 {0x1e, MAPVK_VSC_TO_VK, 'A'},          {0x2a, MAPVK_VSC_TO_VK, VK_SHIFT},
                 {0x36, MAPVK_VSC_TO_VK, VK_SHIFT},     {0x1d, MAPVK_VSC_TO_VK, VK_CONTROL},
                 {0x48, MAPVK_VSC_TO_VK, VK_UP},        {0x39, MAPVK_VSC_TO_VK, VK_SPACE},
                 {0x2a, MAPVK_VSC_TO_VK_EX, VK_LSHIFT}, {0x36, MAPVK_VSC_TO_VK_EX, VK_RSHIFT},
                 {0x38, MAPVK_VSC_TO_VK_EX, VK_LMENU},  {'A', MAPVK_VK_TO_CHAR, 'A'},
                 {'5', MAPVK_VK_TO_CHAR, '5'},          {VK_OEM_4, MAPVK_VK_TO_CHAR, '['},
                 {VK_SPACE, MAPVK_VK_TO_CHAR, ' '},     {VK_RETURN, MAPVK_VK_TO_CHAR, '\r'},
                 {VK_F5, MAPVK_VK_TO_CHAR, 0},          {VK_SHIFT, MAPVK_VK_TO_CHAR, 0}};
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        CHECK_EQ(MapVirtualKeyW(cases[i].code, cases[i].type), cases[i].expected);
        CHECK_EQ(MapVirtualKeyA(cases[i].code, cases[i].type), cases[i].expected);
        CHECK_EQ(MapVirtualKeyExW(cases[i].code, cases[i].type, GetKeyboardLayout(0)), cases[i].expected);
        CHECK_EQ(MapVirtualKeyExA(cases[i].code, cases[i].type, GetKeyboardLayout(0)), cases[i].expected);
    }
    CHECK_EQ(MapVirtualKeyW('A', 77), 0);
}

TEST(extended_keys)
{
    ORACLE_DIFFERS("wine has no prefix for some of them");
    CHECK_EQ(MapVirtualKeyW(VK_RCONTROL, MAPVK_VK_TO_VSC_EX), 0xe01d);
    CHECK_EQ(MapVirtualKeyW(VK_RMENU, MAPVK_VK_TO_VSC_EX), 0xe038);
    CHECK_EQ(MapVirtualKeyW(VK_LEFT, MAPVK_VK_TO_VSC_EX), 0xe04b);
    CHECK_EQ(MapVirtualKeyW(0xe01d, MAPVK_VSC_TO_VK_EX), VK_RCONTROL);
    CHECK_EQ(MapVirtualKeyW(0xe038, MAPVK_VSC_TO_VK_EX), VK_RMENU);
    CHECK_EQ(MapVirtualKeyW(0xe04b, MAPVK_VSC_TO_VK_EX), VK_LEFT);
}

TEST(characters_to_keys)
{
    CHECK_EQ(VkKeyScanW('a'), 'A');
    CHECK_EQ(VkKeyScanW('A'), 0x100 | 'A');
    CHECK_EQ(VkKeyScanA('7'), '7');
    CHECK_EQ(VkKeyScanA('&'), 0x100 | '7');
    CHECK_EQ(VkKeyScanW('\r'), VK_RETURN);
    CHECK_EQ(VkKeyScanW(' '), VK_SPACE);
    CHECK_EQ(VkKeyScanExW(4, GetKeyboardLayout(0)), 0x200 | 'D');
    CHECK_EQ(VkKeyScanW(3), VK_CANCEL);
    CHECK_EQ(VkKeyScanExA(';', GetKeyboardLayout(0)), VK_OEM_1);
    CHECK_EQ(VkKeyScanW(0x4e2d), -1);
    CHECK_EQ(OemKeyScan('a'), 0x1e);
    CHECK_EQ(OemKeyScan('A'), 0x1001e);
    CHECK_EQ(OemKeyScan('!'), 0x10002);
}

TEST(keys_to_characters)
{
    BYTE state[256] = {0};
    WCHAR text[4] = L"";
    WORD two = 0;

    CHECK_EQ(ToUnicode('A', 0x1e, state, text, 4, 0), 1);
    CHECK_EQ(text[0], 'a');
    state[VK_SHIFT] = 0x80;
    CHECK_EQ(ToUnicodeEx('A', 0x1e, state, text, 4, 0, GetKeyboardLayout(0)), 1);
    CHECK_EQ(text[0], 'A');
    CHECK_EQ(ToUnicode('1', 2, state, text, 4, 0), 1);
    CHECK_EQ(text[0], '!');
    state[VK_CAPITAL] = 1;
    CHECK_EQ(ToAscii('A', 0x1e, state, &two, 0), 1);
    if (!harness_is_wine()) /* Shift undoes Caps Lock */
        CHECK_EQ(two, 'a');
    CHECK_EQ(ToAscii('1', 2, state, &two, 0), 1);
    CHECK_EQ(two, '!');
    memset(state, 0, sizeof state);
    state[VK_CONTROL] = 0x80;
    CHECK_EQ(ToAsciiEx('C', 0x2e, state, &two, 0, GetKeyboardLayout(0)), 1);
    CHECK_EQ(two, 3);
    CHECK_EQ(ToUnicode(VK_F1, 0x3b, state, text, 4, 0), 0);
    CHECK_EQ(ToUnicode('A', 0x801e, state, text, 4, 0), 0); /* let go */
}

TEST(layout)
{
    WCHAR name[KL_NAMELENGTH];
    char narrow[KL_NAMELENGTH];
    HKL list[8];

    CHECK_EQ((ULONG_PTR)GetKeyboardLayout(0) & 0xffff, 0x409);
    CHECK(GetKeyboardLayoutList(0, NULL) >= 1);
    CHECK(GetKeyboardLayoutList(8, list) >= 1);
    CHECK_EQ((ULONG_PTR)list[0], (ULONG_PTR)GetKeyboardLayout(0));
    CHECK(GetKeyboardLayoutNameW(name));
    CHECK_WSTR(name, L"00000409");
    CHECK(GetKeyboardLayoutNameA(narrow));
    CHECK_STR(narrow, "00000409");
}
