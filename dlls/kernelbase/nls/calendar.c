/*
 * GetCalendarInfo and its enumeration, for the Gregorian calendar; places (geographical IDs).
 */
#include "locale.h"
#include <string.h>

static BOOL known_calendar(CALID calendar)
{
    return calendar == CAL_GREGORIAN || calendar == CAL_GREGORIAN_US;
}

/* A calendar type's text; NULL if it is a number or unknown. */
static const WCHAR *calendar_text(const struct nls_locale *locale, CALTYPE type, BOOL original, BOOL genitive)
{
    switch (type) {
    case CAL_SCALNAME: return L"Gregorian Calendar";
    case CAL_SERASTRING: return L"A.D.";
    case CAL_SABBREVERASTRING: return L"AD";
    case CAL_SSHORTDATE: return locale_text(locale, FIELD_SHORT_DATE, original);
    case CAL_SLONGDATE: return locale_text(locale, FIELD_LONG_DATE, original);
    case CAL_SYEARMONTH: return locale_text(locale, FIELD_YEAR_MONTH, original);
    case CAL_SMONTHDAY: return locale_text(locale, FIELD_MONTH_DAY, original);
    case CAL_SMONTHNAME13:
    case CAL_SABBREVMONTHNAME13: return L"";
    }
    if (type >= CAL_SDAYNAME1 && type <= CAL_SDAYNAME7)
        return locale_text(locale, FIELD_DAY1 + (int)(type - CAL_SDAYNAME1), original);
    if (type >= CAL_SABBREVDAYNAME1 && type <= CAL_SABBREVDAYNAME7)
        return locale_text(locale, FIELD_SHORT_DAY1 + (int)(type - CAL_SABBREVDAYNAME1), original);
    if (type >= CAL_SMONTHNAME1 && type <= CAL_SMONTHNAME12)
        return locale_text(
            locale, (genitive ? FIELD_GENITIVE1 : FIELD_MONTH1) + (int)(type - CAL_SMONTHNAME1), original);
    if (type >= CAL_SABBREVMONTHNAME1 && type <= CAL_SABBREVMONTHNAME12)
        return locale_text(locale, FIELD_SHORT_MONTH1 + (int)(type - CAL_SABBREVMONTHNAME1), original);
    if (type >= CAL_SSHORTESTDAYNAME1 && type <= CAL_SSHORTESTDAYNAME7)
        return locale_text(locale, FIELD_TINY_DAY1 + (int)(type - CAL_SSHORTESTDAYNAME1), original);
    return NULL;
}

static int calendar_info(const struct nls_locale *locale, CALID calendar, CALTYPE type, WCHAR *to, int room,
                         DWORD *ret_value)
{
    BOOL number = (type & CAL_RETURN_NUMBER) != 0, original = (type & CAL_NOUSEROVERRIDE) != 0;
    BOOL genitive = (type & CAL_RETURN_GENITIVE_NAMES) != 0;
    const WCHAR *text;
    WCHAR digits[8];
    DWORD value;
    int length;

    if (!locale)
        return 0;
    if (!known_calendar(calendar) || room < 0 ||
        (number ? !ret_value || to || room : (room && !to) || ret_value))
        return fail(ERROR_INVALID_PARAMETER);
    type &= 0xffff;
    text = calendar_text(locale, type, original, genitive);
    if (!text) {
        if (type == CAL_ICALINTVALUE)
            value = calendar;
        else if (type == CAL_ITWODIGITYEARMAX)
            value = 2049;
        else if (type == CAL_IYEAROFFSETRANGE)
            value = 0;
        else
            return fail(ERROR_INVALID_FLAGS);
        if (number) {
            *ret_value = value;
            return sizeof(DWORD) / sizeof(WCHAR);
        }
        length = 0;
        for (DWORD scale = value >= 1000 ? 1000 : value >= 10 ? 10 : 1; scale; scale /= 10)
            digits[length++] = (WCHAR)('0' + value / scale % 10);
        digits[length] = 0;
        text = digits;
    } else if (number) {
        return fail(ERROR_INVALID_FLAGS);
    }
    length = lstrlenW(text) + 1;
    if (!room)
        return length;
    if (room < length)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    memcpy(to, text, (SIZE_T)length * sizeof *to);
    return length;
}

int WINAPI GetCalendarInfoEx(LPCWSTR name, CALID calendar, LPCWSTR reserved, CALTYPE type, LPWSTR to,
                             int room, LPDWORD value)
{
    if (reserved)
        return fail(ERROR_INVALID_PARAMETER);
    return calendar_info(locale_by_name(name), calendar, type, to, room, value);
}

int WINAPI GetCalendarInfoW(LCID lcid, CALID calendar, CALTYPE type, LPWSTR to, int room, LPDWORD value)
{
    return calendar_info(locale_by_id(lcid), calendar, type, to, room, value);
}

int WINAPI GetCalendarInfoA(LCID lcid, CALID calendar, CALTYPE type, LPSTR to, int room, LPDWORD value)
{
    WCHAR wide[128];
    int count;

    if (type & CAL_RETURN_NUMBER)
        return GetCalendarInfoW(lcid, calendar, type, (LPWSTR)(void *)to, room, value) ? sizeof(DWORD) : 0;
    if (room < 0 || (room && !to) || value)
        return fail(ERROR_INVALID_PARAMETER);
    count = GetCalendarInfoW(lcid, calendar, type, wide, 128, NULL);
    return count ? WideCharToMultiByte(nls_locale_code_page(lcid, type & CAL_USE_CP_ACP), 0, wide, count, to,
                                       room, NULL, NULL)
                 : 0;
}

static BOOL enumerate(LCID lcid, CALID calendar, CALTYPE type, CALINFO_ENUMPROCW wide,
                      CALINFO_ENUMPROCEXW wide_ex, CALINFO_ENUMPROCA narrow, CALINFO_ENUMPROCEXA narrow_ex)
{
    WCHAR text[128];
    char ansi[256];

    if (!wide && !wide_ex && !narrow && !narrow_ex)
        return fail(ERROR_INVALID_PARAMETER);
    if (calendar == ENUM_ALL_CALENDARS)
        calendar = CAL_GREGORIAN;
    if (!GetCalendarInfoW(lcid, calendar, type, text, 128, NULL))
        return FALSE;
    WideCharToMultiByte(CP_ACP, 0, text, -1, ansi, sizeof ansi, NULL, NULL);
    if (wide)
        wide(text);
    else if (wide_ex)
        wide_ex(text, calendar);
    else if (narrow)
        narrow(ansi);
    else
        narrow_ex(ansi, calendar);
    return TRUE;
}

BOOL WINAPI EnumCalendarInfoW(CALINFO_ENUMPROCW function, LCID lcid, CALID calendar, CALTYPE type)
{
    return enumerate(lcid, calendar, type, function, NULL, NULL, NULL);
}

BOOL WINAPI EnumCalendarInfoA(CALINFO_ENUMPROCA function, LCID lcid, CALID calendar, CALTYPE type)
{
    return enumerate(lcid, calendar, type, NULL, NULL, function, NULL);
}

BOOL WINAPI EnumCalendarInfoExW(CALINFO_ENUMPROCEXW function, LCID lcid, CALID calendar, CALTYPE type)
{
    return enumerate(lcid, calendar, type, NULL, function, NULL, NULL);
}

BOOL WINAPI EnumCalendarInfoExA(CALINFO_ENUMPROCEXA function, LCID lcid, CALID calendar, CALTYPE type)
{
    return enumerate(lcid, calendar, type, NULL, NULL, NULL, function);
}

/* ---- places */

struct geo_record { /* tools/locales.py */
    ULONG id;
    WCHAR iso2[4], iso3[4], number[4], name[48];
};

extern const struct {
    ULONG count;
    struct geo_record records[];
} geo_table;

static const struct geo_record *find_place(GEOID id)
{
    ULONG low = 0, high = geo_table.count;

    while (low < high) {
        ULONG middle = (low + high) / 2;
        const struct geo_record *record = geo_table.records + middle;

        if (record->id == (ULONG)id)
            return record;
        if (record->id < (ULONG)id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

GEOID WINAPI GetUserGeoID(GEOCLASS class)
{
    if (class != GEOCLASS_NATION)
        return class == GEOCLASS_REGION ? 39070 : GEOID_NOT_AVAILABLE; /* the world */
    return (GEOID)locale_number(locale_by_name(NULL), FIELD_GEO, TRUE);
}

static const WCHAR *place_text(const struct geo_record *place, GEOTYPE type, WCHAR number[12])
{
    ULONG value = place->id, digits = 1;

    switch (type) {
    case GEO_ISO2: return place->iso2;
    case GEO_ISO3: return place->iso3;
    case GEO_FRIENDLYNAME:
    case GEO_OFFICIALNAME: return place->name;
    case GEO_ISO_UN_NUMBER: return place->number;
    case GEO_NATION:
        for (ULONG rest = value; rest /= 10;)
            digits++;
        number[digits] = 0;
        for (; digits; value /= 10)
            number[--digits] = (WCHAR)('0' + value % 10);
        return number;
    }
    return NULL;
}

int WINAPI GetGeoInfoW(GEOID id, GEOTYPE type, LPWSTR to, int room, LANGID language)
{
    const struct geo_record *place = find_place(id);
    const WCHAR *text;
    WCHAR number[12];
    int length;

    (void)language;
    if (!place || room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    text = place_text(place, type, number);
    if (!text)
        return fail(ERROR_INVALID_FLAGS);
    length = lstrlenW(text) + 1;
    if (!room)
        return length;
    if (room < length)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    memcpy(to, text, (SIZE_T)length * sizeof *to);
    return length;
}

int WINAPI GetGeoInfoA(GEOID id, GEOTYPE type, LPSTR to, int room, LANGID language)
{
    WCHAR wide[64];
    int count = GetGeoInfoW(id, type, wide, 64, language);

    if (room < 0 || (room && !to))
        return fail(ERROR_INVALID_PARAMETER);
    return count ? WideCharToMultiByte(CP_ACP, 0, wide, count, to, room, NULL, NULL) : 0;
}

int WINAPI GetUserDefaultGeoName(LPWSTR to, int room)
{
    return GetGeoInfoW(GetUserGeoID(GEOCLASS_NATION), GEO_ISO2, to, room, 0);
}

BOOL WINAPI EnumSystemGeoID(GEOCLASS class, GEOID parent, GEO_ENUMPROC function)
{
    (void)parent;
    if (!function)
        return fail(ERROR_INVALID_PARAMETER);
    if (class != GEOCLASS_NATION && class != GEOCLASS_REGION && class != 0 /* all */)
        return fail(ERROR_INVALID_FLAGS);
    for (ULONG i = 0; i < geo_table.count; i++) {
        BOOL nation = geo_table.records[i].iso2[2] == 0;

        if ((class == GEOCLASS_NATION && !nation) || (class == GEOCLASS_REGION && nation))
            continue;
        if (!function((GEOID)geo_table.records[i].id))
            break;
    }
    return TRUE;
}
