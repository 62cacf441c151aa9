/*
 * UnDecorateSymbolName: names of Visual C++, whole and in part.
 */
#include "harness.h"

#include <dbghelp.h>
#undef UnDecorateSymbolName

static void *function(const char *name)
{
    return (void *)GetProcAddress(LoadLibraryA("dbghelp.dll"), name);
}

#define UnDecorateSymbolName ((DWORD(WINAPI *)(PCSTR, PSTR, DWORD, DWORD))function("UnDecorateSymbolName"))
#define UnDecorateSymbolNameW                                                                                \
    ((DWORD(WINAPI *)(PCWSTR, PWSTR, DWORD, DWORD))function("UnDecorateSymbolNameW"))

static const char *undecorated(const char *name, DWORD flags)
{
    static char text[2048];
    memset(text, 'x', sizeof text);
    CHECK_EQ(UnDecorateSymbolName(name, text, sizeof text, flags), strlen(text));
    return text;
}

#define SAYS(name, text) CHECK_STR(undecorated(name, UNDNAME_COMPLETE), text)

TEST(functions)
{
    SAYS("main", "main");
    SAYS("?f@@YAXXZ", "void __cdecl f(void)");
    SAYS("?f@@YAHHD@Z", "int __cdecl f(int,char)");
    SAYS("?f@ns@@YGHPBDZZ", "int __stdcall ns::f(char const *,...)");
    SAYS("?g@C@ns@@QAEXABV12@@Z", "public: void __thiscall ns::C::g(class ns::C const &)");
    SAYS("?g@C@@QBE_NXZ", "public: bool __thiscall C::g(void)const ");
    SAYS("?g@C@@SAPAXI@Z", "public: static void * __cdecl C::g(unsigned int)");
    SAYS("?g@C@@MAEXXZ", "protected: virtual void __thiscall C::g(void)");
    SAYS("??0C@ns@@QAE@XZ", "public: __thiscall ns::C::C(void)");
    SAYS("??1C@ns@@UAE@XZ", "public: virtual __thiscall ns::C::~C(void)");
    SAYS("??4C@@QAEAAV0@ABV0@@Z", "public: class C & __thiscall C::operator=(class C const &)");
    SAYS("??_GC@@UAEPAXI@Z",
         "public: virtual void * __thiscall C::`scalar deleting destructor'(unsigned int)");
    SAYS("??2@YAPAXI@Z", "void * __cdecl operator new(unsigned int)");
    SAYS("??BC@@QAEHXZ", "public: __thiscall C::operator int(void)");
    SAYS("?q@@YAXP6AHH@Z@Z", "void __cdecl q(int (__cdecl*)(int))");
    SAYS("?h@@YAXPAHPAH0@Z", "void __cdecl h(int *,int *,int *)");
    SAYS("?h@@YAXP8C@@AEXH@Z@Z", "void __cdecl h(void (__thiscall C::*)(int))");
    SAYS("?h@@YAXPQC@@H@Z", "void __cdecl h(int C::*)");
    SAYS("?h@@YAXQAY03H@Z", "void __cdecl h(int (* const)[4])");
    SAYS("?h@@YAXV?$function@$$A6AHH@Z@std@@@Z", "void __cdecl h(class std::function<int __cdecl(int)>)");
    SAYS("?h@@YAPAVC@@XZ", "class C * __cdecl h(void)");
    SAYS("?h@@YA?AVC@@XZ", "class C __cdecl h(void)");
    if (!harness_is_wine()) /* cannot read it */
        SAYS("?h@?A0x12345678@@YAXXZ", "void __cdecl `anonymous namespace'::h(void)");
    SAYS("?x@?1??f@@YAXXZ@4HA", "int `void __cdecl f(void)'::`2'::x");
    SAYS("??_C@_03ABCDEFGH@abc?$AA@", "`string'");
}

TEST(wide_functions)
{
    SAYS("?f@@YAXPEAH@Z", "void __cdecl f(int * __ptr64)");
    SAYS("?g@C@@QEAAXAEBV1@@Z", "public: void __cdecl C::g(class C const & __ptr64) __ptr64");
    SAYS("?g@C@@QEBAHXZ", "public: int __cdecl C::g(void)const __ptr64");
    SAYS("?f@@YAX$$QEAVC@@@Z", "void __cdecl f(class C && __ptr64)");
    SAYS("?f@@YA_J_KN_W@Z", "__int64 __cdecl f(unsigned __int64,double,wchar_t)");
}

TEST(data)
{
    SAYS("?x@@3HA", "int x");
    SAYS("?x@@3HB", "int const x");
    SAYS("?x@@3PAHA", "int * x");
    SAYS("?x@@3PAY01HA", "int (* x)[2]");
    SAYS("?x@C@@2PBDB", "public: static char const * const C::x");
    SAYS("?x@ns@@3W4E@1@A", "enum ns::E ns::x");
    SAYS("??_7C@ns@@6B@", "const ns::C::`vftable'");
    SAYS("??_7C@@6BB@@@", "const C::`vftable'{for `B'}");
    SAYS("??_R4C@@6B@", "const C::`RTTI Complete Object Locator'");
    SAYS("??_R0?AVC@@@8", "class C `RTTI Type Descriptor'");
}

TEST(templates)
{
    SAYS("?f@?$T@H@@QAEXXZ", "public: void __thiscall T<int>::f(void)");
    SAYS("??0?$T@HPAD@ns@@QAE@XZ", "public: __thiscall ns::T<int,char *>::T<int,char *>(void)");
    SAYS("?f@@YAXV?$T@V?$U@H@@@@@Z", "void __cdecl f(class T<class U<int> >)");
    SAYS("?f@?$T@$0BA@@@QAEXXZ", "public: void __thiscall T<16>::f(void)");
    SAYS("??$f@H@@YAXH@Z", "void __cdecl f<int>(int)");
}

TEST(parts)
{
    CHECK_STR(undecorated("?g@C@ns@@QAEXABV12@@Z", UNDNAME_NAME_ONLY), "ns::C::g");
    CHECK_STR(undecorated("?g@C@@SAPAXI@Z", UNDNAME_NO_ACCESS_SPECIFIERS | UNDNAME_NO_MS_KEYWORDS),
              "static void * C::g(unsigned int)");
    CHECK_STR(undecorated("?g@C@@SAPAXI@Z", UNDNAME_NO_ACCESS_SPECIFIERS | UNDNAME_NO_MEMBER_TYPE |
                                                UNDNAME_NO_FUNCTION_RETURNS | UNDNAME_NO_MS_KEYWORDS),
              "C::g(unsigned int)");
}

TEST(what_cannot_be_read)
{
    char small[5];
    WCHAR wide[64];
    CHECK_STR(undecorated("_Z1fv", 0), "_Z1fv");
    CHECK_STR(undecorated("?f@@Y", 0), "?f@@Y");
    CHECK_EQ(UnDecorateSymbolName("abcdefgh", small, sizeof small, 0), 4);
    CHECK_STR(small, "abcd");
    CHECK_EQ(UnDecorateSymbolNameW(L"?f@@YAXXZ", wide, 64, 0), 20);
    CHECK_WSTR(wide, L"void __cdecl f(void)");
}
