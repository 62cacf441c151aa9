/*
 * The C runtime core's private header. The core is built into msvcrt (CRT_UCRT 0) and ucrtbase
 * (CRT_UCRT 1). It declares the runtime's own functions itself: mingw-w64's C headers differ per
 * runtime and rename symbols, so none of them but corecrt.h and errno.h is used.
 */
#ifndef CRT_H
#define CRT_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define _INC_STRING
#define _INC_CTYPE
#define _INC_STDLIB
#define _INC_STDIO
#define _INC_EXCPT
#define _MM_MALLOC_H_INCLUDED
#define EXCEPTION_DISPOSITION int
void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t wcslen(const wchar_t *text);
wchar_t *wcscpy(wchar_t *restrict to, const wchar_t *restrict from);
struct _EXCEPTION_RECORD;
struct _CONTEXT;
typedef int (*PEXCEPTION_HANDLER)(struct _EXCEPTION_RECORD *, void *, struct _CONTEXT *, void *);
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <errno.h>

#ifndef CRT_UCRT
#define CRT_UCRT 0
#endif

#ifndef EILSEQ
#define EILSEQ 42
#endif
#ifndef STRUNCATE
#define STRUNCATE 80
#endif
#undef EOF
#define EOF (-1)
#ifndef WEOF
#define WEOF ((wint_t)0xffff)
#endif
#ifndef _TRUNCATE
#define _TRUNCATE ((size_t)-1)
#endif
#define CRT_INT_MAX         0x7fffffff
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define LC_ALL      0
#define LC_COLLATE  1
#define LC_CTYPE    2
#define LC_MONETARY 3
#define LC_NUMERIC  4
#define LC_TIME     5

/* Bits of the ctype tables. */
#define CT_UPPER    0x0001
#define CT_LOWER    0x0002
#define CT_DIGIT    0x0004
#define CT_SPACE    0x0008
#define CT_PUNCT    0x0010
#define CT_CONTROL  0x0020
#define CT_BLANK    0x0040
#define CT_HEX      0x0080
#define CT_LEADBYTE 0x8000
#define CT_ALPHA    0x0103

/* ---------------------------------------------------------------- locale */

struct lconv {
    char *decimal_point, *thousands_sep, *grouping;
    char *int_curr_symbol, *currency_symbol, *mon_decimal_point, *mon_thousands_sep, *mon_grouping;
    char *positive_sign, *negative_sign;
    char int_frac_digits, frac_digits, p_cs_precedes, p_sep_by_space, n_cs_precedes, n_sep_by_space;
    char p_sign_posn, n_sign_posn;
    wchar_t *_W_decimal_point, *_W_thousands_sep, *_W_int_curr_symbol, *_W_currency_symbol;
    wchar_t *_W_mon_decimal_point, *_W_mon_thousands_sep, *_W_positive_sign, *_W_negative_sign;
};

/* Names and formats of dates, narrow and wide. */
struct crt_time_names {
    const char *day_short[7], *day_long[7], *month_short[12], *month_long[12], *ampm[2];
    const char *date_short, *date_long, *time;
    const wchar_t *wide_day_short[7], *wide_day_long[7], *wide_month_short[12], *wide_month_long[12],
        *wide_ampm[2];
    const wchar_t *wide_date_short, *wide_date_long, *wide_time;
};

/* One locale; immutable once published, counted. The first three fields are what ucrt makes public. */
struct crt_locale {
    const unsigned short *pctype;
    int mb_cur_max;
    unsigned int codepage;
    volatile LONG references;
    unsigned int collate_codepage;
    LCID lcid[6];
    wchar_t *lc_name[6]; /* locale name for the NLS functions, NULL for "C" */
    char *category[6];   /* what setlocale returns */
    wchar_t *wide_category[6];
    struct lconv lconv;
    unsigned short ctype_table[384]; /* pctype points at [128]: signed chars may index it */
    unsigned char lower[256], upper[256];
    const struct crt_time_names *time;
    void *allocations[128]; /* freed with the locale */
    int allocation_count;
};

/* The multibyte code page, _setmbcp's. */
struct crt_mbc {
    volatile LONG references;
    int codepage;
    bool is_dbcs;
    unsigned char type[257]; /* _mbctype: [c + 1] */
    unsigned char casemap[256];
};

#define MB_SBUP  0x10
#define MB_SBLOW 0x20
#define MB_M1    0x04
#define MB_M2    0x08
#define MB_SP    0x02
#define MB_P     0x01

struct crt_locale_pair {
    struct crt_locale *locale;
    struct crt_mbc *mbc;
};
typedef struct crt_locale_pair *crt_locale_t;

extern struct crt_locale crt_c_locale;
extern struct crt_locale *volatile crt_global_locale;
extern struct crt_mbc *volatile crt_global_mbc;
const struct crt_locale *crt_current_locale(void);
const struct crt_mbc *crt_current_mbc(void);
static inline const struct crt_locale *crt_locale_of(crt_locale_t l)
{
    return l && l->locale ? l->locale : crt_current_locale();
}
static inline const struct crt_mbc *crt_mbc_of(crt_locale_t l)
{
    return l && l->mbc ? l->mbc : crt_current_mbc();
}
void crt_locale_release(struct crt_locale *locale);
/* Code page for conversions of the locale; 0 is "C", where a byte is a character. */
#define crt_codepage(l) (crt_locale_of(l)->codepage)

/* Converts one multibyte character; the count of bytes, 0 at a NUL, -1 if invalid, -2 if incomplete. */
int crt_mbtowc(wchar_t *wide, const char *text, size_t count, crt_locale_t l);
/* Converts one wide character to at most 5 bytes; the count of bytes, or -1 with EILSEQ. */
int crt_wctomb(char *text, wchar_t wide, crt_locale_t l);

/* ---------------------------------------------------------------- per-thread data */

struct tm {
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};

typedef void (*crt_signal_handler)(int);

struct crt_xcpt_action {
    unsigned long code;
    int signal;
    crt_signal_handler handler;
};
#define CRT_XCPT_ACTIONS 12

struct crt_thread {
    int error; /* errno */
    unsigned long doserror;
    DWORD id;
    HANDLE handle;
    unsigned int(WINAPI *start)(void *);
    void (*start_cdecl)(void *);
    void *argument;
    unsigned int random;
    char *strtok_next;
    wchar_t *wcstok_next;
    unsigned char *mbstok_next;
    char *strerror_buffer;
    wchar_t *wcserror_buffer;
    char *asctime_buffer;
    wchar_t *wasctime_buffer;
    struct tm tm;
    char *cvt_buffer;
    char *tmpnam_buffer;
    wchar_t *wtmpnam_buffer;
    struct crt_locale *locale; /* own locale, or NULL for the global one */
    int own_locale;
    EXCEPTION_POINTERS *exception_pointers;
    int fpecode;
    struct crt_xcpt_action xcpt_actions[CRT_XCPT_ACTIONS];
    bool xcpt_actions_set;
    unsigned int mb_state;
    void *terminate_handler, *unexpected_handler, *se_translator;
    void *current_exception, *current_context, *catch_chain;
    int processing_throw;
    void *left_frame; /* whose catch block an exception has just left, and its state then */
    int left_state;
    void *frame_info_chain;
    void *invalid_parameter_handler;
    struct cxx_active *cxx_active; /* exceptions being handled, innermost first */
    void *thread_atexit;
    unsigned int raw_read; /* bytes of the file that the last crt_read_locked consumed */
};

struct crt_thread *crt_thread(void); /* never NULL: ends the process without memory */
struct crt_thread *crt_thread_if_any(void);
extern DWORD crt_tls_index;
#undef errno
#define errno (crt_thread()->error)

/* Sets errno and _doserrno from a Win32 error code. */
void _dosmaperr(unsigned long error);
int crt_errno_of(unsigned long error);

/* Calls the invalid-parameter handler; returns if that does. */
void _invalid_parameter_noinfo(void);
#define CRT_CHECK(condition, code, result)                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            errno = (code);                                                                                  \
            _invalid_parameter_noinfo();                                                                     \
            return (result);                                                                                 \
        }                                                                                                    \
    } while (0)

/* ---------------------------------------------------------------- locks */

enum crt_lock {
    CRT_LOCK_SIGNAL,
    CRT_LOCK_IOB_SCAN,
    CRT_LOCK_TMPNAM,
    CRT_LOCK_CONIO,
    CRT_LOCK_HEAP,
    CRT_LOCK_UNDNAME,
    CRT_LOCK_TIME,
    CRT_LOCK_ENVIRONMENT,
    CRT_LOCK_EXIT,
    CRT_LOCK_POPEN,
    CRT_LOCK_LOCALE,
    CRT_LOCK_OSFHND,
    CRT_LOCK_MULTIBYTE,
    CRT_LOCK_COUNT = 48
};
void _lock(int number);
void _unlock(int number);

/* ---------------------------------------------------------------- memory and strings */

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
size_t wcsnlen(const wchar_t *text, size_t limit);
char *strcpy(char *to, const char *from);
char *strcat(char *to, const char *from);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t count);
char *strchr(const char *text, int c);
char *strrchr(const char *text, int c);
char *strstr(const char *text, const char *part);
char *strncpy(char *to, const char *from, size_t count);
void *memchr(const void *block, int value, size_t count);
char *_strdup(const char *text);
int _stricmp(const char *a, const char *b);
int _strnicmp(const char *a, const char *b, size_t count);
wchar_t *wcscat(wchar_t *to, const wchar_t *from);
wchar_t *wcsncpy(wchar_t *to, const wchar_t *from, size_t count);
int wcscmp(const wchar_t *a, const wchar_t *b);
int wcsncmp(const wchar_t *a, const wchar_t *b, size_t count);
wchar_t *wcschr(const wchar_t *text, wchar_t c);
wchar_t *wcsrchr(const wchar_t *text, wchar_t c);
wchar_t *wcsstr(const wchar_t *text, const wchar_t *part);
wchar_t *_wcsdup(const wchar_t *text);
int _wcsicmp(const wchar_t *a, const wchar_t *b);
int _wcsnicmp(const wchar_t *a, const wchar_t *b, size_t count);
int towlower(wchar_t c);
int towupper(wchar_t c);
int isleadbyte(int c);
int iswctype(wchar_t c, unsigned short type);
int isspace(int c);
int isdigit(int c);
int iswspace(wchar_t c);

/* Heap copies in the other encoding, by the file-name code page; NULL with errno set. */
wchar_t *crt_wide_path(const char *text);
char *crt_narrow_path(const wchar_t *text);
wchar_t *crt_wide(const char *text, unsigned int codepage);
char *crt_narrow(const wchar_t *text, unsigned int codepage);

unsigned long strtoul(const char *text, char **end, int base);
long strtol(const char *text, char **end, int base);
int crt_utoa(uint64_t value, char *buffer, unsigned int base); /* digits, NUL; the count of digits */

/* ---------------------------------------------------------------- low-level I/O */

#define _O_RDONLY      0x0000
#define _O_WRONLY      0x0001
#define _O_RDWR        0x0002
#define _O_APPEND      0x0008
#define _O_RANDOM      0x0010
#define _O_SEQUENTIAL  0x0020
#define _O_TEMPORARY   0x0040
#define _O_NOINHERIT   0x0080
#define _O_CREAT       0x0100
#define _O_TRUNC       0x0200
#define _O_EXCL        0x0400
#define _O_SHORT_LIVED 0x1000
#define _O_OBTAIN_DIR  0x2000
#define _O_TEXT        0x4000
#define _O_BINARY      0x8000
#define _O_WTEXT       0x10000
#define _O_U16TEXT     0x20000
#define _O_U8TEXT      0x40000
#define _SH_DENYRW     0x10
#define _SH_DENYWR     0x20
#define _SH_DENYRD     0x30
#define _SH_DENYNO     0x40
#define _SH_SECURE     0x80
#define _S_IREAD       0x0100
#define _S_IWRITE      0x0080
#define _S_IEXEC       0x0040
#define _S_IFDIR       0x4000
#define _S_IFCHR       0x2000
#define _S_IFIFO       0x1000
#define _S_IFREG       0x8000
#define SEEK_SET       0
#define SEEK_CUR       1
#define SEEK_END       2

/* Bits of a descriptor, as they are also handed to child processes. */
#define FD_OPEN      0x01
#define FD_EOF       0x02 /* Ctrl-Z was read */
#define FD_CRLF      0x04
#define FD_PIPE      0x08
#define FD_NOINHERIT 0x10
#define FD_APPEND    0x20
#define FD_DEVICE    0x40
#define FD_TEXT      0x80

enum crt_text_mode { TEXT_ANSI, TEXT_UTF8, TEXT_UTF16 };

#define FD_BLOCK  32
#define FD_BLOCKS 64
#define FD_MAX    (FD_BLOCK * FD_BLOCKS)

/* The layout that __pioinfo exposes. */
struct crt_fd {
    intptr_t handle; /* -1: free, -2: no console */
    char flags;
    char peeked[1]; /* one byte read ahead from a pipe or device; '\n' means none */
    unsigned char text_mode;
    unsigned char wide; /* ccs= or _O_*TEXT: the program must use wide functions */
    int lock_ready;
    CRITICAL_SECTION lock;
};

extern struct crt_fd *__pioinfo[FD_BLOCKS];
static inline struct crt_fd *crt_fd_slot(int fd)
{
    return &__pioinfo[fd / FD_BLOCK][fd % FD_BLOCK];
}
/* The open descriptor locked, or NULL with EBADF. */
struct crt_fd *crt_fd_lock(int fd);
struct crt_fd *crt_fd_get(int fd); /* open, not locked; NULL without setting errno */
void crt_fd_unlock(struct crt_fd *f);
void crt_lowio_init(void);
void crt_lowio_exit(void);
int crt_read_locked(struct crt_fd *f, void *buffer, unsigned int count);
int crt_write_locked(struct crt_fd *f, const void *buffer, unsigned int count);
int64_t crt_seek_locked(struct crt_fd *f, int64_t offset, int origin);
int crt_open(int *fd, const wchar_t *path, int flags, int share, int mode, bool secure);
int _close(int fd);
int _read(int fd, void *buffer, unsigned int count);
int _write(int fd, const void *buffer, unsigned int count);
int64_t _lseeki64(int fd, int64_t offset, int origin);
int _isatty(int fd);
intptr_t _get_osfhandle(int fd);
int _open_osfhandle(intptr_t handle, int flags);
int _commit(int fd);
int _setmode(int fd, int mode);
int _pipe(int *fds, unsigned int size, int mode);
/* The lpReserved2 block that passes open descriptors to a child: heap memory. */
unsigned char *crt_fd_inheritance(WORD *ret_size, bool std_only);
extern int _fmode, _commode, _umaskval;

/* ---------------------------------------------------------------- streams */

typedef struct _iobuf {
    char *_ptr;
    int _cnt;
    char *_base;
    int _flag;
    int _file;
    int _charbuf;
    int _bufsiz;
    char *_tmpfname;
} FILE;

#define _IOREAD         0x0001
#define _IOWRT          0x0002
#define _IONBF          0x0004
#define _IOMYBUF        0x0008
#define _IOEOF          0x0010
#define _IOERR          0x0020
#define _IOSTRG         0x0040
#define _IORW           0x0080
#define _USERBUF        0x0100
#define _IOSETVBUF      0x0400
#define _IOFEOF         0x0800
#define _IOFLRTN        0x1000
#define _IOCTRLZ        0x2000
#define _IOCOMMIT       0x4000
#define _IOFREE         0x10000
#define _IOTEMPBUF      0x20000 /* ours: a buffer lent for one printf */
#define _IOFBF          0x0000
#define _IOLBF          0x0040
#define CRT_BUFSIZ      4096
#define CRT_IOB_ENTRIES 20

extern FILE _iob[CRT_IOB_ENTRIES];
#define stdin  (&_iob[0])
#define stdout (&_iob[1])
#define stderr (&_iob[2])
void crt_stdio_init(void);
void crt_stdio_exit(void);
void _lock_file(FILE *file);
void _unlock_file(FILE *file);
int _filbuf(FILE *file);
int _flsbuf(int c, FILE *file);
/* With the stream locked. */
int crt_putc(int c, FILE *file);
int crt_getc(FILE *file);
int crt_ungetc(int c, FILE *file);
wint_t crt_putwc(wchar_t c, FILE *file);
wint_t crt_getwc(FILE *file);
wint_t crt_ungetwc(wint_t c, FILE *file);
size_t crt_write_stream(const void *data, size_t size, FILE *file);
int crt_flush(FILE *file);
bool crt_begin_buffer(FILE *file);          /* lends an unbuffered console stream a buffer */
void crt_end_buffer(bool lent, FILE *file); /* and takes it back */
FILE *crt_stream_new(void);                 /* a free stream, locked */
int crt_stream_close(FILE *file);
void crt_stream_free(FILE *file);
FILE *crt_fdopen(int fd, const wchar_t *mode);
int crt_parse_mode(const wchar_t *mode, int *ret_open, int *ret_stream);
int fclose(FILE *file);
int fflush(FILE *file);
size_t fwrite(const void *data, size_t size, size_t count, FILE *file);
int fputs(const char *text, FILE *file);
int fprintf(FILE *file, const char *format, ...);

/* ---------------------------------------------------------------- formatted I/O */

/* Options of the output engine, ucrt's numbers. */
#define PRINTF_LEGACY_VSPRINTF_NULL_TERMINATION 0x0001
#define PRINTF_STANDARD_SNPRINTF_BEHAVIOR       0x0002
#define PRINTF_LEGACY_WIDE_SPECIFIERS           0x0004
#define PRINTF_LEGACY_MSVCRT_COMPATIBILITY      0x0008
#define PRINTF_LEGACY_THREE_DIGIT_EXPONENTS     0x0010
#define PRINTF_SECURE                           0x100000 /* ours: _s checks */
#define PRINTF_POSITIONAL                       0x200000 /* ours: %n$ */
#define PRINTF_MSVCRT_TEXTS                     0x400000 /* ours: 1.#INF and friends */
#define SCANF_SECURECRT                         0x0001
#define SCANF_LEGACY_WIDE_SPECIFIERS            0x0002
#define SCANF_LEGACY_MSVCRT_COMPATIBILITY       0x0004
#if CRT_UCRT
#define CRT_PRINTF_DEFAULT 0
#else
#define CRT_PRINTF_DEFAULT                                                                                   \
    (PRINTF_LEGACY_WIDE_SPECIFIERS | PRINTF_LEGACY_MSVCRT_COMPATIBILITY |                                    \
     PRINTF_LEGACY_THREE_DIGIT_EXPONENTS | PRINTF_MSVCRT_TEXTS)
#endif

/* Where formatted text goes: a stream (locked), or memory that counts on when it is full. */
struct crt_sink {
    FILE *file;
    void *buffer;
    size_t size;  /* characters the buffer holds */
    size_t count; /* characters produced */
    bool failed;
};
int crt_format(struct crt_sink *sink, unsigned int options, const char *format, crt_locale_t l, va_list args);
int crt_format_wide(struct crt_sink *sink, unsigned int options, const wchar_t *format, crt_locale_t l,
                    va_list args);
int crt_vfprintf(FILE *file, unsigned int options, const char *format, crt_locale_t l, va_list args);
int crt_vsprintf(char *buffer, size_t size, unsigned int options, const char *format, crt_locale_t l,
                 va_list args);
int _snprintf(char *buffer, size_t size, const char *format, ...);
int _snwprintf(wchar_t *buffer, size_t size, const wchar_t *format, ...);

/* A line of the console without its end; the length, or -1 with errno set. */
int crt_console_line(char *buffer, size_t size);
int crt_console_line_wide(wchar_t *buffer, size_t size);

/* Exact decimal digits of a finite non-negative value. */
/* 'e': `digits` significant digits; 'f': `digits` after the point. Writes digits without point to
 * buffer (at least digits + 330 bytes), the count to ret_count, and returns the decimal exponent
 * such that the value is 0.DIGITS * 10^result. A zero has no digits and exponent 0 for 'f'. */
int crt_fp_digits(double value, int mode, int digits, char *buffer, int *ret_count);
/* Parses like strtod; sets *ret_end. Flags: */
enum { FP_RANGE_OVER = 1, FP_RANGE_UNDER = 2 };
double crt_strtod(const char *text, const char **ret_end, int *ret_range, const char *point);
float crt_strtof(const char *text, const char **ret_end, int *ret_range, const char *point);
/* From decimal digits alone: value = 0.DIGITS * 10^exponent. */
double crt_fp_from_digits(const char *digits, int count, int exponent, bool is_float, int *ret_range);

/* ---------------------------------------------------------------- process */

extern int crt_app_type;
extern int __argc;
extern char **__argv, **_environ, **__initenv, *_acmdln, *_pgmptr;
extern wchar_t **__wargv, **_wenviron, **__winitenv, *_wcmdln, *_wpgmptr;
/* Make the tables exist; 0 or -1. */
int crt_make_argv(bool expand);
int crt_make_wargv(bool expand);
int crt_make_environment(void);
int crt_make_wide_environment(void);
void crt_time_init(void);
void crt_math_init(void);
void crt_signal_thread_init(struct crt_thread *thread);
void exit(int code) __attribute__((noreturn));
void _exit(int code) __attribute__((noreturn));
void abort(void) __attribute__((noreturn));
void _amsg_exit(int number);
int raise(int signal);
typedef void (*_PVFV)(void);
typedef int (*_PIFV)(void);
typedef int (*_onexit_t)(void);
/* Puts a line on stderr (console programs) or in a message box's place. */
void crt_report(const char *text);
char *getenv(const char *name);
wchar_t *_wgetenv(const wchar_t *name);
void crt_terminate_threads(void);
void terminate(void) __attribute__((noreturn));
void crt_cxx_thread_free(struct crt_thread *thread);

#endif
