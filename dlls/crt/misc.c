/*
 * Sorting and searching, random numbers, division, rotations, error texts and small odds.
 */
#include "crt.h"

/* ---------------------------------------------------------------- sorting */

typedef int (*compare_function)(const void *, const void *);
typedef int (*compare_context_function)(void *, const void *, const void *);

static void swap(char *a, char *b, size_t size)
{
    for (; size >= 8; size -= 8, a += 8, b += 8) {
        uint64_t t, u;
        __builtin_memcpy(&t, a, 8);
        __builtin_memcpy(&u, b, 8);
        __builtin_memcpy(a, &u, 8);
        __builtin_memcpy(b, &t, 8);
    }
    for (; size; size--, a++, b++) {
        char t = *a;
        *a = *b;
        *b = t;
    }
}

struct order {
    compare_function plain;
    compare_context_function with_context;
    void *context;
};

static inline int compare(const struct order *o, const void *a, const void *b)
{
    return o->plain ? o->plain(a, b) : o->with_context(o->context, a, b);
}

static void insertion_sort(char *base, size_t count, size_t size, const struct order *o)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j && compare(o, base + (j - 1) * size, base + j * size) > 0; j--)
            swap(base + (j - 1) * size, base + j * size, size);
}

static void sift(char *base, size_t root, size_t count, size_t size, const struct order *o)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(o, base + child * size, base + (child + 1) * size) < 0)
            child++;
        if (compare(o, base + root * size, base + child * size) >= 0)
            return;
        swap(base + root * size, base + child * size, size);
    }
}

/* Quicksort with a median of three, heapsort where that degenerates. */
static void sort(char *base, size_t count, size_t size, const struct order *o, int depth)
{
    while (count > 12) {
        if (!depth--) {
            for (size_t i = count / 2; i--;)
                sift(base, i, count, size, o);
            for (size_t i = count; --i;) {
                swap(base, base + i * size, size);
                sift(base, 0, i, size, o);
            }
            return;
        }
        char *middle = base + count / 2 * size, *last = base + (count - 1) * size;
        if (compare(o, base, middle) > 0)
            swap(base, middle, size);
        if (compare(o, middle, last) > 0) {
            swap(middle, last, size);
            if (compare(o, base, middle) > 0)
                swap(base, middle, size);
        }
        swap(base, middle, size); /* the pivot leads */
        size_t i = 0, j = count;
        for (;;) {
            do
                i++;
            while (i < count && compare(o, base + i * size, base) < 0);
            do
                j--;
            while (compare(o, base + j * size, base) > 0);
            if (i >= j)
                break;
            swap(base + i * size, base + j * size, size);
        }
        swap(base, base + j * size, size);
        size_t right = count - j - 1;
        if (j < right) {
            sort(base, j, size, o, depth);
            base += (j + 1) * size;
            count = right;
        } else {
            sort(base + (j + 1) * size, right, size, o, depth);
            count = j;
        }
    }
    insertion_sort(base, count, size, o);
}

static void sort_all(void *base, size_t count, size_t size, const struct order *o)
{
    int depth = 2;

    for (size_t n = count; n; n >>= 1)
        depth += 2;
    sort(base, count, size, o, depth);
}

void qsort(void *base, size_t count, size_t size, compare_function function)
{
    struct order o = {.plain = function};

    if (!(base || !count) || !size || !function) {
        errno = EINVAL;
        _invalid_parameter_noinfo();
        return;
    }
    sort_all(base, count, size, &o);
}

void qsort_s(void *base, size_t count, size_t size, compare_context_function function, void *context)
{
    struct order o = {.with_context = function, .context = context};

    if (!(base || !count) || !size || !function) {
        errno = EINVAL;
        _invalid_parameter_noinfo();
        return;
    }
    sort_all(base, count, size, &o);
}

static void *search(const void *key, const void *base, size_t count, size_t size, const struct order *o)
{
    const char *low = base;

    while (count) {
        const char *middle = low + count / 2 * size;
        int c = compare(o, key, middle);
        if (!c)
            return (void *)middle;
        if (c > 0) {
            low = middle + size;
            count--;
        }
        count /= 2;
    }
    return NULL;
}

void *bsearch(const void *key, const void *base, size_t count, size_t size, compare_function function)
{
    struct order o = {.plain = function};

    CRT_CHECK((base || !count) && size && function, EINVAL, NULL);
    return search(key, base, count, size, &o);
}
void *bsearch_s(const void *key, const void *base, size_t count, size_t size,
                compare_context_function function, void *context)
{
    struct order o = {.with_context = function, .context = context};

    CRT_CHECK((base || !count) && size && function, EINVAL, NULL);
    return search(key, base, count, size, &o);
}

static void *linear(const void *key, void *base, unsigned int *count, unsigned int size,
                    const struct order *o, bool add)
{
    char *p = base;

    for (unsigned int i = 0; i < *count; i++, p += size)
        if (!compare(o, key, p))
            return p;
    if (!add)
        return NULL;
    memcpy(p, key, size);
    ++*count;
    return p;
}
void *_lfind(const void *key, const void *base, unsigned int *count, unsigned int size, compare_function f)
{
    struct order o = {.plain = f};

    CRT_CHECK(key && base && count && size && f, EINVAL, NULL);
    return linear(key, (void *)base, count, size, &o, false);
}
void *_lfind_s(const void *key, const void *base, unsigned int *count, size_t size,
               compare_context_function f, void *context)
{
    struct order o = {.with_context = f, .context = context};

    CRT_CHECK(key && base && count && size && f, EINVAL, NULL);
    return linear(key, (void *)base, count, (unsigned int)size, &o, false);
}
void *_lsearch(const void *key, void *base, unsigned int *count, unsigned int size, compare_function f)
{
    struct order o = {.plain = f};

    CRT_CHECK(key && base && count && size && f, EINVAL, NULL);
    return linear(key, base, count, size, &o, true);
}
void *_lsearch_s(const void *key, void *base, unsigned int *count, size_t size, compare_context_function f,
                 void *context)
{
    struct order o = {.with_context = f, .context = context};

    CRT_CHECK(key && base && count && size && f, EINVAL, NULL);
    return linear(key, base, count, (unsigned int)size, &o, true);
}

/* ---------------------------------------------------------------- numbers */

void srand(unsigned int seed)
{
    crt_thread()->random = seed;
}
int rand(void)
{
    struct crt_thread *thread = crt_thread();

    thread->random = thread->random * 214013 + 2531011;
    return thread->random >> 16 & 0x7fff;
}

BOOLEAN WINAPI SystemFunction036(void *buffer, ULONG size);
int rand_s(unsigned int *value)
{
    static BOOLEAN(WINAPI * random)(void *, ULONG);

    CRT_CHECK(value, EINVAL, EINVAL);
    *value = 0;
    if (!random) {
        HMODULE module = LoadLibraryW(L"advapi32.dll");
        random = module ? (void *)GetProcAddress(module, "SystemFunction036") : NULL;
    }
    if (!random || !random(value, sizeof *value)) {
        errno = ENOMEM;
        return ENOMEM;
    }
    return 0;
}

typedef struct {
    int quot, rem;
} div_t;
typedef struct {
    long quot, rem;
} ldiv_t;
typedef struct {
    int64_t quot, rem;
} lldiv_t;
/* The 8-byte results come back in a register, as Microsoft's compilers do it. */
uint64_t div(int a, int b)
{
    union {
        div_t d;
        uint64_t value;
    } u = {.d = {a / b, a % b}};
    return u.value;
}
uint64_t ldiv(long a, long b)
{
    union {
        ldiv_t d;
        uint64_t value;
    } u = {.d = {a / b, a % b}};
    return u.value;
}
lldiv_t lldiv(int64_t a, int64_t b)
{
    return (lldiv_t){a / b, a % b};
}
int abs(int v)
{
    return v < 0 ? (int)(0u - (unsigned int)v) : v;
}
long labs(long v)
{
    return v < 0 ? (long)(0ul - (unsigned long)v) : v;
}
int64_t _abs64(int64_t v)
{
    return v < 0 ? (int64_t)(0ull - (uint64_t)v) : v;
}
int64_t llabs(int64_t v)
{
    return _abs64(v);
}
int64_t imaxabs(int64_t v)
{
    return _abs64(v);
}
lldiv_t imaxdiv(int64_t a, int64_t b)
{
    return (lldiv_t){a / b, a % b};
}
#undef _rotl
#undef _rotr
#undef _lrotl
#undef _lrotr
#undef _rotl64
#undef _rotr64
unsigned int crt_rotl(unsigned int v, int n)
{
    return v << (n & 31) | v >> (-n & 31);
}
unsigned int crt_rotr(unsigned int v, int n)
{
    return v >> (n & 31) | v << (-n & 31);
}
uint64_t crt_rotl64(uint64_t v, int n)
{
    return v << (n & 63) | v >> (-n & 63);
}
uint64_t crt_rotr64(uint64_t v, int n)
{
    return v >> (n & 63) | v << (-n & 63);
}
unsigned short _byteswap_ushort(unsigned short v)
{
    return __builtin_bswap16(v);
}
unsigned long _byteswap_ulong(unsigned long v)
{
    return __builtin_bswap32(v);
}
uint64_t _byteswap_uint64(uint64_t v)
{
    return __builtin_bswap64(v);
}

/* ---------------------------------------------------------------- error texts */

static char *const messages[] = {"No error",
                                 "Operation not permitted",
                                 "No such file or directory",
                                 "No such process",
                                 "Interrupted function call",
                                 "Input/output error",
                                 "No such device or address",
                                 "Arg list too long",
                                 "Exec format error",
                                 "Bad file descriptor",
                                 "No child processes",
                                 "Resource temporarily unavailable",
                                 "Not enough space",
                                 "Permission denied",
                                 "Bad address",
                                 "Unknown error",
                                 "Resource device",
                                 "File exists",
                                 "Improper link",
                                 "No such device",
                                 "Not a directory",
                                 "Is a directory",
                                 "Invalid argument",
                                 "Too many open files in system",
                                 "Too many open files",
                                 "Inappropriate I/O control operation",
                                 "Unknown error",
                                 "File too large",
                                 "No space left on device",
                                 "Invalid seek",
                                 "Read-only file system",
                                 "Too many links",
                                 "Broken pipe",
                                 "Domain error",
                                 "Result too large",
                                 "Unknown error",
                                 "Resource deadlock avoided",
                                 "Unknown error",
                                 "Filename too long",
                                 "No locks available",
                                 "Function not implemented",
                                 "Directory not empty",
                                 "Illegal byte sequence",
                                 "Unknown error"};
#if CRT_UCRT
static char *const posix_messages[] = {"address in use",
                                       "address not available",
                                       "address family not supported",
                                       "connection already in progress",
                                       "bad message",
                                       "operation canceled",
                                       "connection aborted",
                                       "connection refused",
                                       "connection reset",
                                       "destination address required",
                                       "host unreachable",
                                       "identifier removed",
                                       "operation in progress",
                                       "already connected",
                                       "too many symbolic link levels",
                                       "message size",
                                       "network down",
                                       "network reset",
                                       "network unreachable",
                                       "no buffer space",
                                       "no message available",
                                       "no link",
                                       "no message",
                                       "no protocol option",
                                       "no stream resources",
                                       "not a stream",
                                       "not connected",
                                       "state not recoverable",
                                       "not a socket",
                                       "not supported",
                                       "operation not supported",
                                       "Unknown error",
                                       "value too large",
                                       "owner dead",
                                       "protocol error",
                                       "protocol not supported",
                                       "wrong protocol type",
                                       "stream timeout",
                                       "timed out",
                                       "text file busy",
                                       "operation would block"};
#endif
int _sys_nerr = ARRAY_LENGTH(messages) - 1;
char *_sys_errlist[ARRAY_LENGTH(messages)];
char **__sys_errlist(void)
{
    if (!_sys_errlist[0])
        memcpy(_sys_errlist, messages, sizeof messages);
    return _sys_errlist;
}
int *__sys_nerr(void)
{
    return &_sys_nerr;
}

static const char *message_of(int number)
{
#if CRT_UCRT
    if (number >= 100 && number < 100 + (int)ARRAY_LENGTH(posix_messages))
        return posix_messages[number - 100];
#endif
    return messages[number >= 0 && number < _sys_nerr ? number : _sys_nerr];
}

#define ERROR_TEXT 512

char *strerror(int number)
{
    struct crt_thread *thread = crt_thread();

    if (!thread->strerror_buffer && !(thread->strerror_buffer = malloc(ERROR_TEXT)))
        return (char *)message_of(number);
    return strcpy(thread->strerror_buffer, message_of(number));
}
wchar_t *_wcserror(int number)
{
    struct crt_thread *thread = crt_thread();

    if (!thread->wcserror_buffer && !(thread->wcserror_buffer = malloc(ERROR_TEXT * 2)))
        return NULL;
    _snwprintf(thread->wcserror_buffer, ERROR_TEXT, L"%hs", message_of(number));
    return thread->wcserror_buffer;
}
int strerror_s(char *buffer, size_t size, int number)
{
    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    strncpy(buffer, message_of(number), size - 1);
    buffer[size - 1] = 0;
    return 0;
}
int _wcserror_s(wchar_t *buffer, size_t size, int number)
{
    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    const char *text = message_of(number);
    size_t i = 0;
    for (; i < size - 1 && text[i]; i++)
        buffer[i] = (unsigned char)text[i];
    buffer[i] = 0;
    return 0;
}
/* "MESSAGE: text of errno\n" */
int _strerror_s(char *buffer, size_t size, const char *message)
{
    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    if (message && *message)
        _snprintf(buffer, size, "%s: %s\n", message, message_of(errno));
    else
        _snprintf(buffer, size, "%s\n", message_of(errno));
    buffer[size - 1] = 0;
    return 0;
}
int __wcserror_s(wchar_t *buffer, size_t size, const wchar_t *message)
{
    CRT_CHECK(buffer && size, EINVAL, EINVAL);
    if (message && *message)
        _snwprintf(buffer, size, L"%ls: %hs\n", message, message_of(errno));
    else
        _snwprintf(buffer, size, L"%hs\n", message_of(errno));
    buffer[size - 1] = 0;
    return 0;
}
char *_strerror(const char *message)
{
    struct crt_thread *thread = crt_thread();

    if (!thread->strerror_buffer && !(thread->strerror_buffer = malloc(ERROR_TEXT)))
        return NULL;
    _strerror_s(thread->strerror_buffer, ERROR_TEXT, message);
    return thread->strerror_buffer;
}
wchar_t *__wcserror(const wchar_t *message)
{
    struct crt_thread *thread = crt_thread();

    if (!thread->wcserror_buffer && !(thread->wcserror_buffer = malloc(ERROR_TEXT * 2)))
        return NULL;
    __wcserror_s(thread->wcserror_buffer, ERROR_TEXT, message);
    return thread->wcserror_buffer;
}

/* ---------------------------------------------------------------- the system */

void _sleep(unsigned long milliseconds)
{
    Sleep(milliseconds ? milliseconds : 1);
}
void _beep(unsigned int frequency, unsigned int milliseconds)
{
    Beep(frequency, milliseconds);
}
void _seterrormode(int mode)
{
    SetErrorMode(mode);
}
int _resetstkoflw(void)
{
    MEMORY_BASIC_INFORMATION info;
    SYSTEM_INFO system;
    char *here = (char *)&info;
    DWORD old;

    GetSystemInfo(&system);
    if (!VirtualQuery(here, &info, sizeof info))
        return 0;
    char *bottom = info.AllocationBase,
         *guard = (char *)((uintptr_t)here & ~(uintptr_t)(system.dwPageSize - 1));
    guard -= 2 * system.dwPageSize;
    if (guard <= bottom + 2 * system.dwPageSize)
        return 0;
    if (!VirtualQuery(guard, &info, sizeof info))
        return 0;
    if (info.State == MEM_RESERVE && !VirtualAlloc(guard, system.dwPageSize, MEM_COMMIT, PAGE_READWRITE))
        return 0;
    if (!VirtualProtect(guard, system.dwPageSize, PAGE_READWRITE | PAGE_GUARD, &old))
        return 0;
    /* The stack grows when its guard is touched, which is the page below the limit. */
    ((NT_TIB *)NtCurrentTeb())->StackLimit = guard + system.dwPageSize;
    return 1;
}
intptr_t _loaddll(char *name)
{
    return (intptr_t)LoadLibraryA(name);
}
int _unloaddll(intptr_t module)
{
    return FreeLibrary((HMODULE)module) ? 0 : (int)GetLastError();
}
void *_getdllprocaddr(intptr_t module, char *name, intptr_t ordinal)
{
    return (void *)GetProcAddress((HMODULE)module, name ? name : (const char *)(uintptr_t)(WORD)ordinal);
}

#if CRT_UCRT
void __telemetry_main_invoke_trigger(void *module)
{
    (void)module;
}
void __telemetry_main_return_trigger(void *module)
{
    (void)module;
}
void _crt_debugger_hook(int reserved)
{
    (void)reserved;
}
#endif

/* A stack buffer was overrun: nothing can be trusted any more. */
void __report_gsfailure(uintptr_t cookie)
{
    (void)cookie;
    __asm__ volatile("int $0x29" : : "c"(2));          /* FAST_FAIL_STACK_COOKIE_CHECK_FAILURE */
    TerminateProcess(GetCurrentProcess(), 0xc0000409); /* STATUS_STACK_BUFFER_OVERRUN */
}
