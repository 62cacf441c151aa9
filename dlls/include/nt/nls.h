/*
 * What ntdll exports about text, code pages, locales and time, and the code-page tables that ntdll
 * shares with kernelbase.
 */
#ifndef NT_NLS_H
#define NT_NLS_H

#include <nt/base.h>

/* ---- casing and comparison */

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c);
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR c);
CHAR NTAPI RtlUpperChar(CHAR c);
VOID NTAPI RtlUpperString(STRING *to, const STRING *from);
NTSTATUS NTAPI RtlUpcaseUnicodeString(UNICODE_STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlDowncaseUnicodeString(UNICODE_STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
LONG NTAPI RtlCompareUnicodeString(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN ignore_case);
LONG NTAPI RtlCompareUnicodeStrings(const WCHAR *a, SIZE_T a_length, const WCHAR *b, SIZE_T b_length,
                                    BOOLEAN ignore_case);
BOOLEAN NTAPI RtlEqualUnicodeString(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN ignore_case);
BOOLEAN NTAPI RtlPrefixUnicodeString(const UNICODE_STRING *prefix, const UNICODE_STRING *string,
                                     BOOLEAN ignore_case);
LONG NTAPI RtlCompareString(const STRING *a, const STRING *b, BOOLEAN ignore_case);
BOOLEAN NTAPI RtlEqualString(const STRING *a, const STRING *b, BOOLEAN ignore_case);
BOOLEAN NTAPI RtlPrefixString(const STRING *prefix, const STRING *string, BOOLEAN ignore_case);

#ifndef HASH_STRING_ALGORITHM_DEFAULT
#define HASH_STRING_ALGORITHM_DEFAULT 0
#define HASH_STRING_ALGORITHM_X65599  1
#define HASH_STRING_ALGORITHM_INVALID 0xffffffff
#endif
NTSTATUS NTAPI RtlHashUnicodeString(const UNICODE_STRING *string, BOOLEAN ignore_case, ULONG algorithm,
                                    ULONG *ret_hash);
#define RTL_FIND_CHAR_IN_UNICODE_STRING_START_AT_END        1
#define RTL_FIND_CHAR_IN_UNICODE_STRING_COMPLEMENT_CHAR_SET 2
#define RTL_FIND_CHAR_IN_UNICODE_STRING_CASE_INSENSITIVE    4
NTSTATUS NTAPI RtlFindCharInUnicodeString(ULONG flags, const UNICODE_STRING *string,
                                          const UNICODE_STRING *set, USHORT *ret_position);
WCHAR *NTAPI RtlFindUnicodeSubstring(const UNICODE_STRING *string, const UNICODE_STRING *search,
                                     BOOLEAN ignore_case);
NTSTATUS NTAPI RtlValidateUnicodeString(ULONG flags, const UNICODE_STRING *string);
BOOLEAN NTAPI RtlIsTextUnicode(const void *buffer, ULONG length, ULONG *flags);

/* ---- conversions; all lengths in bytes */

NTSTATUS NTAPI RtlMultiByteToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from,
                                      ULONG from_size);
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(ULONG *ret_size, const CHAR *from, ULONG from_size);
NTSTATUS NTAPI RtlUnicodeToMultiByteN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                      ULONG from_size);
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(ULONG *ret_size, const WCHAR *from, ULONG from_size);
NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                            ULONG from_size);
NTSTATUS NTAPI RtlOemToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from, ULONG from_size);
NTSTATUS NTAPI RtlUnicodeToOemN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from, ULONG from_size);
NTSTATUS NTAPI RtlUpcaseUnicodeToOemN(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                      ULONG from_size);
NTSTATUS NTAPI RtlConsoleMultiByteToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from,
                                             ULONG from_size, ULONG *ret_special);
/* STATUS_SOME_NOT_MAPPED (a success) when something became U+FFFD, STATUS_BUFFER_TOO_SMALL. */
NTSTATUS NTAPI RtlUnicodeToUTF8N(CHAR *to, ULONG to_size, ULONG *ret_size, const WCHAR *from,
                                 ULONG from_size);
NTSTATUS NTAPI RtlUTF8ToUnicodeN(WCHAR *to, ULONG to_size, ULONG *ret_size, const CHAR *from,
                                 ULONG from_size);

ULONG NTAPI RtlxAnsiStringToUnicodeSize(const STRING *string);
ULONG NTAPI RtlxOemStringToUnicodeSize(const STRING *string);
ULONG NTAPI RtlxUnicodeStringToAnsiSize(const UNICODE_STRING *string);
ULONG NTAPI RtlxUnicodeStringToOemSize(const UNICODE_STRING *string);
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(UNICODE_STRING *to, const STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlOemStringToUnicodeString(UNICODE_STRING *to, const STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUTF8StringToUnicodeString(UNICODE_STRING *to, const STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUnicodeStringToOemString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUnicodeStringToUTF8String(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUpcaseUnicodeStringToAnsiString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUpcaseUnicodeStringToOemString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUnicodeStringToCountedOemString(STRING *to, const UNICODE_STRING *from, BOOLEAN allocate);
NTSTATUS NTAPI RtlUpcaseUnicodeStringToCountedOemString(STRING *to, const UNICODE_STRING *from,
                                                        BOOLEAN allocate);
WCHAR NTAPI RtlAnsiCharToUnicodeChar(const UCHAR **position);

/* ---- code pages: tables in ntdll's read-only data, as tools/codepages.py writes them */

struct nls_code_page {
    USHORT id;
    USHORT max_size;       /* bytes of the longest character: 1, 2 or 4 */
    USHORT default_char;   /* what replaces a character that does not exist here */
    WCHAR unicode_default; /* what replaces a byte sequence that means nothing */
    ULONG lead_offset;     /* UCHAR[256]: row of a lead byte, 0 if it is none; 0: a single-byte page */
    ULONG rows_offset;     /* WCHAR[][256]: row 0 for single bytes, then one a lead byte; 0xffff: undefined */
    ULONG index_offset;    /* USHORT[256]: block of the reverse table by high byte */
    ULONG blocks_offset;   /* UCHAR[][256] or, with a lead table, USHORT[][256]; 0: not there (see U+0000) */
    ULONG ranges_offset;   /* GB18030: four-byte ranges, else 0 */
    ULONG ranges_count;
    CHAR name[48];
};
struct nls_code_page_range { /* four-byte sequences from `linear` on are the characters from `first` on */
    ULONG linear, first;
};

/* The table of a code page, or NULL; not for 65000 and 65001, which have none. */
const struct nls_code_page *NTAPI GwFindCodePage(ULONG id);
/* The n-th table, or NULL after the last; in order of their numbers. */
const struct nls_code_page *NTAPI GwCodePageAt(ULONG n);
/* The process's ANSI and OEM code pages. The loader sets the first one for a UTF-8 manifest. */
ULONG NTAPI GwAnsiCodePage(void);
ULONG NTAPI GwOemCodePage(void);
VOID NTAPI GwSetAnsiCodePage(ULONG id);

/* The conversion engine; lengths in characters of each side's type, no terminators. `to` may be NULL
 * to count. They stop at what does not fit. Return what was (or would be) written. */
#define NLS_INVALID     1    /* *ret_state: something meant nothing, or does not exist in the code page */
#define NLS_OVERFLOW    2    /* the output did not fit */
#define NLS_STRICT      0x10 /* flags: stop at the first such thing */
#define NLS_NO_BEST_FIT 0x20
ULONG NTAPI GwCodePageToWide(const struct nls_code_page *page, ULONG flags, const CHAR *from, ULONG count,
                             WCHAR *to, ULONG room, ULONG *ret_state);
/* default_text: what replaces a missing character, of default_size bytes; 0: the page's own. */
ULONG NTAPI GwWideToCodePage(const struct nls_code_page *page, ULONG flags, const WCHAR *from, ULONG count,
                             CHAR *to, ULONG room, const CHAR *default_text, ULONG default_size,
                             ULONG *ret_state);
ULONG NTAPI GwUtf8ToWide(ULONG flags, const CHAR *from, ULONG count, WCHAR *to, ULONG room, ULONG *ret_state);
ULONG NTAPI GwWideToUtf8(ULONG flags, const WCHAR *from, ULONG count, CHAR *to, ULONG room, ULONG *ret_state);

#define NLS_AT(page, offset, type) ((const type *)((const char *)(page) + (page)->offset))

/* ---- locale names */

NTSTATUS NTAPI RtlLocaleNameToLcid(const WCHAR *name, LCID *ret_lcid, ULONG flags);
NTSTATUS NTAPI RtlLcidToLocaleName(LCID lcid, UNICODE_STRING *name, ULONG flags, BOOLEAN allocate);
NTSTATUS NTAPI RtlGetParentLocaleName(const WCHAR *name, UNICODE_STRING *parent, ULONG flags,
                                      BOOLEAN allocate);
BOOLEAN NTAPI RtlIsValidLocaleName(const WCHAR *name, ULONG flags);

struct nls_locale {           /* a record of locale_names.bin, tools/locales.py */
    ULONG lcid;               /* 0x1000: it has none of its own */
    USHORT name, name_length; /* among the names' characters; terminated */
    USHORT parent, specific;  /* record numbers; specific: what a neutral one stands for */
    USHORT neutral;
    USHORT ansi, oem, mac; /* code pages; ansi 0: Unicode only */
};
/* By name (length -1: terminated; case does not matter; "" is the invariant locale), by LCID (the defaults
 * resolved, sort order ignored), by number; NULL if there is none. */
const struct nls_locale *NTAPI GwFindLocale(const WCHAR *name, LONG length);
const struct nls_locale *NTAPI GwFindLocaleById(LCID lcid);
const struct nls_locale *NTAPI GwLocaleAt(ULONG number);
ULONG NTAPI GwLocaleNumber(const struct nls_locale *locale);
const WCHAR *NTAPI GwLocaleName(const struct nls_locale *locale);

NTSTATUS NTAPI RtlNormalizeString(ULONG form, const WCHAR *from, LONG from_length, WCHAR *to,
                                  LONG *to_length);
NTSTATUS NTAPI RtlIsNormalizedString(ULONG form, const WCHAR *string, LONG length, BOOLEAN *ret_normalized);
NTSTATUS NTAPI RtlIdnToAscii(ULONG flags, const WCHAR *from, LONG from_length, WCHAR *to, LONG *to_length);
NTSTATUS NTAPI RtlIdnToUnicode(ULONG flags, const WCHAR *from, LONG from_length, WCHAR *to, LONG *to_length);
NTSTATUS NTAPI RtlIdnToNameprepUnicode(ULONG flags, const WCHAR *from, LONG from_length, WCHAR *to,
                                       LONG *to_length);

/* ---- time; LARGE_INTEGER times are 100 ns since 1601 */

typedef struct _TIME_FIELDS {
    SHORT Year, Month, Day, Hour, Minute, Second, Milliseconds, Weekday;
} TIME_FIELDS, *PTIME_FIELDS;

/* TIME_ZONE_INFORMATION as Rtl has it: the dates are TIME_FIELDS. */
typedef struct _RTL_TIME_ZONE_INFORMATION {
    LONG Bias;
    WCHAR StandardName[32];
    TIME_FIELDS StandardStart;
    LONG StandardBias;
    WCHAR DaylightName[32];
    TIME_FIELDS DaylightStart;
    LONG DaylightBias;
} RTL_TIME_ZONE_INFORMATION;

typedef struct _RTL_DYNAMIC_TIME_ZONE_INFORMATION {
    RTL_TIME_ZONE_INFORMATION tzi;
    WCHAR TimeZoneKeyName[128];
    BOOLEAN DynamicDaylightTimeDisabled;
} RTL_DYNAMIC_TIME_ZONE_INFORMATION;

VOID NTAPI RtlTimeToTimeFields(const LARGE_INTEGER *time, TIME_FIELDS *fields);
BOOLEAN NTAPI RtlTimeFieldsToTime(const TIME_FIELDS *fields, LARGE_INTEGER *time);
VOID NTAPI RtlTimeToElapsedTimeFields(const LARGE_INTEGER *time, TIME_FIELDS *fields);
BOOLEAN NTAPI RtlCutoverTimeToSystemTime(const TIME_FIELDS *cutover, LARGE_INTEGER *time,
                                         const LARGE_INTEGER *current, BOOLEAN this_year);
BOOLEAN NTAPI RtlTimeToSecondsSince1970(const LARGE_INTEGER *time, ULONG *seconds);
BOOLEAN NTAPI RtlTimeToSecondsSince1980(const LARGE_INTEGER *time, ULONG *seconds);
VOID NTAPI RtlSecondsSince1970ToTime(ULONG seconds, LARGE_INTEGER *time);
VOID NTAPI RtlSecondsSince1980ToTime(ULONG seconds, LARGE_INTEGER *time);
NTSTATUS NTAPI RtlSystemTimeToLocalTime(const LARGE_INTEGER *system, LARGE_INTEGER *local);
NTSTATUS NTAPI RtlLocalTimeToSystemTime(const LARGE_INTEGER *local, LARGE_INTEGER *system);
NTSTATUS NTAPI RtlQueryTimeZoneInformation(RTL_TIME_ZONE_INFORMATION *information);
NTSTATUS NTAPI RtlQueryDynamicTimeZoneInformation(RTL_DYNAMIC_TIME_ZONE_INFORMATION *information);
/* The n-th Windows time zone, or the one with the key, as of a year (0: this one). */
NTSTATUS NTAPI GwQueryZone(ULONG index, const WCHAR *key, LONG year,
                           RTL_DYNAMIC_TIME_ZONE_INFORMATION *information);
BOOLEAN NTAPI GwIsDaylight(const RTL_TIME_ZONE_INFORMATION *zone, LONGLONG utc, LONG *ret_bias);
BOOL NTAPI RtlQueryPerformanceCounter(LARGE_INTEGER *counter);
BOOL NTAPI RtlQueryPerformanceFrequency(LARGE_INTEGER *frequency);
BOOL NTAPI RtlQueryUnbiasedInterruptTime(ULONGLONG *time);
LONGLONG NTAPI RtlGetSystemTimePrecise(void);
ULONGLONG NTAPI RtlGetInterruptTimePrecise(LARGE_INTEGER *ret_counter);
ULONG NTAPI NtGetTickCount(void);

/* As GetSystemTimeAsFileTime and QueryInterruptTime report them. */
LONGLONG NTAPI GwSystemTime(void);
ULONGLONG NTAPI GwInterruptTime(void);

#endif
