/*
 * The names without a width, which mean the machine's own time_t: 64 bits here, 32 on i386. msvcrt
 * only: ucrt's headers name the width.
 */
#include "crt.h"

#if !CRT_UCRT
#ifdef _WIN64
typedef int64_t native_time;
#define WIDTH(name64, name32) name64
#else
typedef int32_t native_time;
#define WIDTH(name64, name32) name32
#endif

#define ALIAS1(result, name, type, target64, target32)                                                       \
    result WIDTH(target64, target32)(type a);                                                                \
    result name(type a)                                                                                      \
    {                                                                                                        \
        return WIDTH(target64, target32)(a);                                                                 \
    }
#define ALIAS2(result, name, type1, type2, target64, target32)                                               \
    result WIDTH(target64, target32)(type1 a, type2 b);                                                      \
    result name(type1 a, type2 b)                                                                            \
    {                                                                                                        \
        return WIDTH(target64, target32)(a, b);                                                              \
    }

ALIAS2(int, _stat, const char *, void *, _stat64i32, _stat32)
ALIAS2(int, _wstat, const wchar_t *, void *, _wstat64i32, _wstat32)
ALIAS2(int, _fstat, int, void *, _fstat64i32, _fstat32)
ALIAS2(int, _stati64, const char *, void *, _stat64, _stat32i64)
ALIAS2(int, _wstati64, const wchar_t *, void *, _wstat64, _wstat32i64)
ALIAS2(int, _fstati64, int, void *, _fstat64, _fstat32i64)
ALIAS2(intptr_t, _findfirst, const char *, void *, _findfirst64i32, _findfirst32)
ALIAS2(int, _findnext, intptr_t, void *, _findnext64i32, _findnext32)
ALIAS2(intptr_t, _wfindfirst, const wchar_t *, void *, _wfindfirst64i32, _wfindfirst32)
ALIAS2(int, _wfindnext, intptr_t, void *, _wfindnext64i32, _wfindnext32)
ALIAS2(intptr_t, _findfirsti64, const char *, void *, _findfirst64, _findfirst32i64)
ALIAS2(int, _findnexti64, intptr_t, void *, _findnext64, _findnext32i64)
ALIAS2(intptr_t, _wfindfirsti64, const wchar_t *, void *, _wfindfirst64, _wfindfirst32i64)
ALIAS2(int, _wfindnexti64, intptr_t, void *, _wfindnext64, _wfindnext32i64)
ALIAS2(int, _utime, const char *, void *, _utime64, _utime32)
ALIAS2(int, _wutime, const wchar_t *, void *, _wutime64, _wutime32)
ALIAS2(int, _futime, int, void *, _futime64, _futime32)
ALIAS1(void, _ftime, void *, _ftime64, _ftime32)
ALIAS1(int, _ftime_s, void *, _ftime64_s, _ftime32_s)
ALIAS1(native_time, time, native_time *, _time64, _time32)
ALIAS1(struct tm *, localtime, const native_time *, _localtime64, _localtime32)
ALIAS1(struct tm *, gmtime, const native_time *, _gmtime64, _gmtime32)
ALIAS1(char *, ctime, const native_time *, _ctime64, _ctime32)
ALIAS1(wchar_t *, _wctime, const native_time *, _wctime64, _wctime32)
ALIAS1(native_time, mktime, struct tm *, _mktime64, _mktime32)
ALIAS1(native_time, _mkgmtime, struct tm *, _mkgmtime64, _mkgmtime32)
ALIAS2(double, difftime, native_time, native_time, _difftime64, _difftime32)
#endif
