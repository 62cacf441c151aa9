/*
 * Languages of the user interface: the system's is English; a process and each thread may prefer others,
 * and resources are looked for in those first.
 */
#include "locale.h"
#include <nt/rtl.h>

#define UI_LANGUAGE   MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)
#define LANGUAGES_MAX 5

static const WCHAR ui_language_name[] = L"en-US";

struct languages {
    ULONG count;
    WCHAR names[LANGUAGES_MAX][LOCALE_NAME_MAX_LENGTH];
};

static struct {
    SRWLOCK lock; /* guards the process's list and the slot's creation */
    struct languages process;
    ULONG slot; /* of the threads' lists; 0: none of them has one */
} state;

static void CALLBACK free_list(void *list)
{
    RtlFreeHeap(process_heap(), 0, list);
}

/* The calling thread's list; NULL where there is none, or no memory for it. */
static struct languages *thread_list(BOOL create)
{
    void *list = NULL;

    RtlAcquireSRWLockExclusive(&state.lock);
    if (!state.slot && create && !NT_SUCCESS(RtlFlsAlloc(free_list, &state.slot)))
        state.slot = 0;
    RtlReleaseSRWLockExclusive(&state.lock);
    if (state.slot && (!NT_SUCCESS(RtlFlsGetValue(state.slot, &list)) || !list) && create) {
        list = RtlAllocateHeap(process_heap(), HEAP_ZERO_MEMORY, sizeof(struct languages));
        if (list && !NT_SUCCESS(RtlFlsSetValue(state.slot, list))) {
            RtlFreeHeap(process_heap(), 0, list);
            list = NULL;
        }
    }
    return list;
}

VOID NTAPI GwSetUiLanguageSource(ULONG(NTAPI *source)(USHORT *languages, ULONG room));

/* For the resource loader. */
static ULONG NTAPI preferred_ids(USHORT *languages, ULONG room)
{
    const struct languages *own = thread_list(FALSE);
    ULONG count = 0;

    for (ULONG i = 0; own && i < own->count && count < room; i++)
        languages[count++] = LANGIDFROMLCID(LocaleNameToLCID(own->names[i], 0));
    RtlAcquireSRWLockShared(&state.lock);
    for (ULONG i = 0; i < state.process.count && count < room; i++)
        languages[count++] = LANGIDFROMLCID(LocaleNameToLCID(state.process.names[i], 0));
    RtlReleaseSRWLockShared(&state.lock);
    return count;
}

static void add_language(struct languages *list, const WCHAR *name)
{
    for (ULONG i = 0; i < list->count; i++)
        if (!lstrcmpiW(list->names[i], name))
            return;
    if (list->count < LANGUAGES_MAX)
        lstrcpyW(list->names[list->count++], name);
}

static void add_languages(struct languages *list, const struct languages *more)
{
    for (ULONG i = 0; more && i < more->count; i++)
        add_language(list, more->names[i]);
}

/* The languages without their regions behind the others. */
static void add_neutral(struct languages *list)
{
    WCHAR parent[LOCALE_NAME_MAX_LENGTH];

    for (ULONG i = 0, count = list->count; i < count; i++)
        if (GetLocaleInfoEx(list->names[i], LOCALE_SPARENT, parent, ARRAYSIZE(parent)) > 1)
            add_language(list, parent);
}

/* Identifiers (four hexadecimal digits) or names; what is no language is left out. */
static struct languages parse_languages(PCZZWSTR text, BOOL by_id)
{
    struct languages list = {0};

    for (; text && *text; text += lstrlenW(text) + 1) {
        WCHAR name[LOCALE_NAME_MAX_LENGTH];
        if (by_id) {
            ULONG id = 0;
            UNICODE_STRING digits;
            RtlInitUnicodeString(&digits, text);
            if (!NT_SUCCESS(RtlUnicodeStringToInteger(&digits, 16, &id)) ||
                !LCIDToLocaleName(id, name, ARRAYSIZE(name), 0))
                continue;
        } else if (!IsValidLocaleName(text) || !GetLocaleInfoEx(text, LOCALE_SNAME, name, ARRAYSIZE(name)) ||
                   !*name)
            continue;
        add_language(&list, name);
    }
    return list;
}

/* A list as a multi-string: both sizes count its last terminator. */
static BOOL give_languages(const struct languages *list, DWORD flags, ULONG *count, WCHAR *to, ULONG *size)
{
    WCHAR text[LANGUAGES_MAX * LOCALE_NAME_MAX_LENGTH + 2];
    ULONG used = 0;

    if (!count || !size || (*size && !to))
        return fail(ERROR_INVALID_PARAMETER);
    for (ULONG i = 0; i < list->count; i++) {
        const WCHAR *name = list->names[i];
        if (flags & MUI_LANGUAGE_ID) {
            LCID id = LocaleNameToLCID(name, 0);
            for (int shift = 12; shift >= 0; shift -= 4)
                text[used++] = L"0123456789ABCDEF"[id >> shift & 15];
        } else
            while (*name)
                text[used++] = *name++;
        text[used++] = 0;
    }
    if (!list->count)
        text[used++] = 0;
    text[used++] = 0;
    *count = list->count;
    if (to && *size < used) {
        *size = used;
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    for (ULONG i = 0; to && i < used; i++)
        to[i] = text[i];
    *size = used;
    return TRUE;
}

static BOOL kinds_conflict(DWORD flags)
{
    return (flags & (MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME)) == (MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME);
}

static BOOL system_languages(DWORD flags, ULONG *count, WCHAR *languages, ULONG *size)
{
    struct languages list = {0};

    if (kinds_conflict(flags) ||
        flags & ~(DWORD)(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME | MUI_MACHINE_LANGUAGE_SETTINGS))
        return fail(ERROR_INVALID_PARAMETER);
    add_language(&list, ui_language_name);
    return give_languages(&list, flags, count, languages, size);
}

BOOL WINAPI GetUserPreferredUILanguages(DWORD flags, PULONG count, PZZWSTR languages, PULONG size)
{
    return system_languages(flags, count, languages, size);
}

BOOL WINAPI GetSystemPreferredUILanguages(DWORD flags, PULONG count, PZZWSTR languages, PULONG size)
{
    return system_languages(flags, count, languages, size);
}

BOOL WINAPI GetThreadPreferredUILanguages(DWORD flags, PULONG count, PZZWSTR languages, PULONG size)
{
    struct languages list = {0};

    if (kinds_conflict(flags) ||
        flags & ~(DWORD)(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME | (MUI_UI_FALLBACK) | MUI_THREAD_LANGUAGES))
        return fail(ERROR_INVALID_PARAMETER);
    add_languages(&list, thread_list(FALSE));
    if (!(flags & MUI_THREAD_LANGUAGES) || flags & (MUI_UI_FALLBACK)) {
        RtlAcquireSRWLockShared(&state.lock);
        add_languages(&list, &state.process);
        RtlReleaseSRWLockShared(&state.lock);
        add_language(&list, ui_language_name);
    }
    if (flags & (MUI_UI_FALLBACK))
        add_neutral(&list);
    return give_languages(&list, flags, count, languages, size);
}

BOOL WINAPI GetProcessPreferredUILanguages(DWORD flags, PULONG count, PZZWSTR languages, PULONG size)
{
    if (kinds_conflict(flags) || flags & ~(DWORD)(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME))
        return fail(ERROR_INVALID_PARAMETER);
    RtlAcquireSRWLockShared(&state.lock);
    struct languages list = state.process;
    RtlReleaseSRWLockShared(&state.lock);
    return give_languages(&list, flags, count, languages, size);
}

BOOL WINAPI SetThreadPreferredUILanguages(DWORD flags, PCZZWSTR languages, PULONG count)
{
    const DWORD filters = MUI_RESET_FILTERS | MUI_COMPLEX_SCRIPT_FILTER | MUI_CONSOLE_FILTER;
    struct languages list = parse_languages(languages, (flags & MUI_LANGUAGE_ID) != 0), *own;

    if (kinds_conflict(flags) || flags & ~(DWORD)(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME | filters) ||
        (flags & filters && languages))
        return fail(ERROR_INVALID_PARAMETER);
    if (count)
        *count = list.count;
    if (flags & filters)
        return TRUE; /* every language of ours can be shown on a console */
    own = thread_list(list.count != 0);
    if (!own && list.count)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    if (own) {
        *own = list;
        GwSetUiLanguageSource(preferred_ids);
    }
    return TRUE;
}

BOOL WINAPI SetProcessPreferredUILanguages(DWORD flags, PCZZWSTR languages, PULONG count)
{
    if (kinds_conflict(flags) || flags & ~(DWORD)(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME))
        return fail(ERROR_INVALID_PARAMETER);
    struct languages list = parse_languages(languages, (flags & MUI_LANGUAGE_ID) != 0);
    RtlAcquireSRWLockExclusive(&state.lock);
    state.process = list;
    RtlReleaseSRWLockExclusive(&state.lock);
    GwSetUiLanguageSource(preferred_ids);
    if (count)
        *count = list.count;
    return TRUE;
}

LANGID WINAPI GetUserDefaultUILanguage(void)
{
    return UI_LANGUAGE;
}

LANGID WINAPI GetSystemDefaultUILanguage(void)
{
    return UI_LANGUAGE;
}

/* The first of the thread's, else of the process's languages. */
LANGID WINAPI GetThreadUILanguage(void)
{
    struct languages *own = thread_list(FALSE), list = {0};

    add_languages(&list, own);
    RtlAcquireSRWLockShared(&state.lock);
    add_languages(&list, &state.process);
    RtlReleaseSRWLockShared(&state.lock);
    LCID id = list.count ? LocaleNameToLCID(list.names[0], 0) : UI_LANGUAGE;
    return LANGIDFROMLCID(id);
}

/* 0: the language that a console can show. */
LANGID WINAPI SetThreadUILanguage(LANGID language)
{
    WCHAR name[LOCALE_NAME_MAX_LENGTH + 1] = L"";

    if (!language) {
        SetThreadPreferredUILanguages(0, NULL, NULL);
        return GetThreadUILanguage();
    }
    if (!LCIDToLocaleName(language, name, LOCALE_NAME_MAX_LENGTH, 0))
        return (LANGID)fail(ERROR_INVALID_PARAMETER);
    name[lstrlenW(name) + 1] = 0;
    return SetThreadPreferredUILanguages(MUI_LANGUAGE_NAME, name, NULL) ? language : 0;
}

BOOL WINAPI EnumUILanguagesW(UILANGUAGE_ENUMPROCW function, DWORD flags, LONG_PTR parameter)
{
    WCHAR text[6];

    if (!function)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME) || kinds_conflict(flags))
        return fail(ERROR_INVALID_FLAGS);
    lstrcpyW(text, flags & MUI_LANGUAGE_NAME ? ui_language_name : L"0409");
    function(text, parameter);
    return TRUE;
}

BOOL WINAPI EnumUILanguagesA(UILANGUAGE_ENUMPROCA function, DWORD flags, LONG_PTR parameter)
{
    char text[6];

    if (!function)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)(MUI_LANGUAGE_ID | MUI_LANGUAGE_NAME) || kinds_conflict(flags))
        return fail(ERROR_INVALID_FLAGS);
    lstrcpyA(text, flags & MUI_LANGUAGE_NAME ? "en-US" : "0409");
    function(text, parameter);
    return TRUE;
}
