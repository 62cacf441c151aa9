/*
 * The default locale: what LC_ALL, LC_TIME or LANG say, in Windows' terms.
 */
#include "ex/ex.h"
#include "mm/guest.h"
#include <ctype.h>
#include <nt/syscalls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LCID_EN_US 0x409
#define LCID_NONE  0x1000

struct locale_record { /* struct nls_locale of dlls/include/nt/nls.h */
    uint32_t lcid;
    uint16_t name, name_length, parent, specific, neutral, ansi, oem, mac;
};

extern const uint32_t ex_locale_names[]; /* count, count by LCID, records, numbers, characters */

static const struct locale_record *records(void)
{
    return (const struct locale_record *)(ex_locale_names + 2);
}

static const uint16_t *characters(void)
{
    return (const uint16_t *)(records() + ex_locale_names[0]) + ex_locale_names[1];
}

static const struct locale_record *find(const char *name)
{
    size_t length = strlen(name);

    for (uint32_t i = 0; i < ex_locale_names[0]; i++) {
        const struct locale_record *record = records() + i;
        size_t n = 0;

        if (record->name_length != length)
            continue;
        while (n < length && tolower((unsigned char)name[n]) == tolower(characters()[record->name + n]))
            n++;
        if (n == length)
            return record;
    }
    return NULL;
}

/* The LCID for a Unix name such as de_AT.UTF-8@euro; 0 if it means nothing here. */
static LCID from_unix_name(const char *unix_name)
{
    char name[64];
    const struct locale_record *record;

    snprintf(name, sizeof name, "%s", unix_name);
    name[strcspn(name, ".@")] = 0;
    for (char *p = name; *p; p++)
        if (*p == '_')
            *p = '-';
    if (!name[0])
        return 0;
    record = find(name);
    if (!record && strchr(name, '-')) {
        *strchr(name, '-') = 0;
        record = find(name);
    }
    if (record && record->neutral)
        record = records() + record->specific;
    return record && record->lcid != LCID_NONE ? record->lcid : 0;
}

static LCID default_locale(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_TIME", "LANG"};

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);

        if (value && *value) {
            LCID lcid = from_unix_name(value);

            return lcid ? lcid : LCID_EN_US;
        }
    }
    return LCID_EN_US;
}

NTSTATUS NtQueryDefaultLocale(BOOLEAN UserProfile, LCID *DefaultLocaleId)
{
    LCID lcid = default_locale();

    (void)UserProfile;
    return guest_write(DefaultLocaleId, lcid);
}

/* Texts of the system are in English. */
NTSTATUS NtQueryDefaultUILanguage(LANGID *DefaultUILanguageId)
{
    LANGID language = LCID_EN_US;

    return guest_write(DefaultUILanguageId, language);
}

NTSTATUS NtQueryInstallUILanguage(LANGID *InstallUILanguageId)
{
    LANGID language = LCID_EN_US;

    return guest_write(InstallUILanguageId, language);
}
