/*
 * Locale names and their numbers.
 */
#include "casing.h"
#include <nt/syscalls.h>

PVOID NTAPI RtlAllocateHeap(PVOID heap, ULONG flags, SIZE_T size);

extern const ULONG locale_names[]; /* count, count by LCID, records, numbers, characters */

#define LCID_NONE 0x1000

static const struct nls_locale *records(void)
{
    return (const struct nls_locale *)(locale_names + 2);
}

static const USHORT *by_lcid(void)
{
    return (const USHORT *)(records() + locale_names[0]);
}

static const WCHAR *names(void)
{
    return (const WCHAR *)(by_lcid() + locale_names[1]);
}

const struct nls_locale *NTAPI GwLocaleAt(ULONG number)
{
    return number < locale_names[0] ? records() + number : NULL;
}

ULONG NTAPI GwLocaleNumber(const struct nls_locale *locale)
{
    return (ULONG)(locale - records());
}

const WCHAR *NTAPI GwLocaleName(const struct nls_locale *locale)
{
    return names() + locale->name;
}

static int compare(const WCHAR *a, ULONG a_length, const WCHAR *b, ULONG b_length)
{
    for (ULONG i = 0; i < a_length && i < b_length; i++) {
        WCHAR x = nls_downcase(a[i]), y = nls_downcase(b[i]);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return a_length < b_length ? -1 : a_length > b_length;
}

const struct nls_locale *NTAPI GwFindLocale(const WCHAR *name, LONG length)
{
    ULONG low = 0, high = locale_names[0], count = 0;

    if (length < 0)
        while (name[count])
            count++;
    else
        count = (ULONG)length;
    for (ULONG i = 0; i < count; i++)
        if (name[i] == '_') { /* an alternative sort order, as in de-DE_phoneb */
            count = i;
            break;
        }
    while (low < high) {
        ULONG middle = (low + high) / 2;
        const struct nls_locale *locale = records() + middle;
        int order = compare(name, count, GwLocaleName(locale), locale->name_length);

        if (order == 0)
            return locale;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct nls_locale *NTAPI GwFindLocaleById(LCID lcid)
{
    ULONG low = 0, high = locale_names[1];

    lcid &= 0xffff;
    if (lcid == LOCALE_NEUTRAL || lcid == LOCALE_USER_DEFAULT || lcid == LOCALE_SYSTEM_DEFAULT ||
        lcid == 0x0c00 /* custom default */ || lcid == 0x1400 /* custom UI default */)
        NtQueryDefaultLocale(lcid != LOCALE_SYSTEM_DEFAULT, &lcid);
    while (low < high) {
        ULONG middle = (low + high) / 2;
        const struct nls_locale *locale = records() + by_lcid()[middle];

        if (locale->lcid == lcid)
            return locale;
        if (locale->lcid < lcid)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

#define ALLOW_NEUTRAL 2

NTSTATUS NTAPI RtlLocaleNameToLcid(const WCHAR *name, LCID *ret_lcid, ULONG flags)
{
    const struct nls_locale *locale;

    if (!name || !ret_lcid || (flags & ~(ULONG)(ALLOW_NEUTRAL | 1)))
        return STATUS_INVALID_PARAMETER_1;
    locale = GwFindLocale(name, -1);
    if (!locale)
        return STATUS_INVALID_PARAMETER_1;
    if (locale->neutral && !(flags & ALLOW_NEUTRAL))
        locale = GwLocaleAt(locale->specific);
    *ret_lcid = locale->lcid;
    return STATUS_SUCCESS;
}

static NTSTATUS return_name(const struct nls_locale *locale, UNICODE_STRING *name, BOOLEAN allocate)
{
    ULONG size = (locale->name_length + 1u) * sizeof(WCHAR);

    if (allocate) {
        name->Buffer = RtlAllocateHeap(process_heap(), 0, size);
        if (!name->Buffer)
            return STATUS_NO_MEMORY;
        name->MaximumLength = (USHORT)size;
    } else if (name->MaximumLength < size) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    for (ULONG i = 0; i <= locale->name_length; i++)
        name->Buffer[i] = GwLocaleName(locale)[i];
    name->Length = (USHORT)(size - sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlLcidToLocaleName(LCID lcid, UNICODE_STRING *name, ULONG flags, BOOLEAN allocate)
{
    const struct nls_locale *locale;

    if (!name)
        return STATUS_INVALID_PARAMETER_2;
    if (flags & ~(ULONG)ALLOW_NEUTRAL)
        return STATUS_INVALID_PARAMETER_3;
    locale = GwFindLocaleById(lcid);
    if (!locale || lcid == LCID_NONE)
        return STATUS_INVALID_PARAMETER_1;
    if (locale->neutral && !(flags & ALLOW_NEUTRAL))
        locale = GwLocaleAt(locale->specific);
    return return_name(locale, name, allocate);
}

NTSTATUS NTAPI RtlGetParentLocaleName(const WCHAR *name, UNICODE_STRING *parent, ULONG flags,
                                      BOOLEAN allocate)
{
    const struct nls_locale *locale = name ? GwFindLocale(name, -1) : NULL;

    (void)flags;
    if (!locale || !parent)
        return STATUS_INVALID_PARAMETER_1;
    return return_name(GwLocaleAt(locale->parent), parent, allocate);
}

BOOLEAN NTAPI RtlIsValidLocaleName(const WCHAR *name, ULONG flags)
{
    const struct nls_locale *locale = name ? GwFindLocale(name, -1) : NULL;

    return locale && (!locale->neutral || (flags & ALLOW_NEUTRAL));
}
