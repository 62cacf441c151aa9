/*
 * The variables that say what kind of process this is: a block that came from a process of the other kind
 * (or from the shell) is put right.
 */
#include "wow/wow.h"
#include <stdlib.h>
#include <string.h>

struct rule {
    const char *name, *source; /* the variable gets the value of the other one, if there is such */
    const char *value;         /* else this value; NULL: it is removed (source NULL) or stays */
};

static const struct rule for_i386[] = {
    {"PROCESSOR_ARCHITECTURE", NULL, "x86"},
    {"PROCESSOR_ARCHITEW6432", NULL, "AMD64"},
    {"ProgramFiles", "ProgramFiles(x86)", NULL},
    {"CommonProgramFiles", "CommonProgramFiles(x86)", NULL},
};

static const struct rule for_x86_64[] = {
    {"PROCESSOR_ARCHITECTURE", NULL, "AMD64"},
    {"PROCESSOR_ARCHITEW6432", NULL, NULL},
    {"ProgramFiles", "ProgramW6432", NULL},
    {"CommonProgramFiles", "CommonProgramW6432", NULL},
};
enum { RULES = sizeof for_i386 / sizeof *for_i386 };

static WCHAR fold(WCHAR c)
{
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}

/* The item is NAME=...; its value, or NULL. */
static const WCHAR *value_of(const WCHAR *item, const char *name)
{
    while (*name && fold(*item) == fold((WCHAR)(uint8_t)*name))
        item++, name++;
    return !*name && *item == '=' ? item + 1 : NULL;
}

static size_t length_of(const WCHAR *text)
{
    size_t n = 0;
    while (text[n])
        n++;
    return n;
}

static const WCHAR *find(const WCHAR *block, const char *name)
{
    for (const WCHAR *item = block; *item; item += length_of(item) + 1)
        if (value_of(item, name))
            return value_of(item, name);
    return NULL;
}

static void put_text(WCHAR **place, const char *text)
{
    while (*text)
        *(*place)++ = (WCHAR)(uint8_t)*text++;
}

/* NAME=VALUE, or nothing. */
static void put_variable(WCHAR **place, const struct rule *rule, const WCHAR *block)
{
    const WCHAR *value = rule->source ? find(block, rule->source) : NULL;
    if (!value && rule->source)
        value = find(block, rule->name);
    if (!value && !rule->value)
        return;
    put_text(place, rule->name);
    *(*place)++ = '=';
    if (value) {
        memcpy(*place, value, length_of(value) * sizeof *value);
        *place += length_of(value);
    } else {
        put_text(place, rule->value);
    }
    *(*place)++ = 0;
}

void wow_adjust_environment(WCHAR **block, size_t *length)
{
    const WCHAR *old = *block;
    const struct rule *rules = wow_active ? for_i386 : for_x86_64;
    if (!find(old, "PROCESSOR_ARCHITECTURE") ||
        (wow_active ? find(old, "PROCESSOR_ARCHITEW6432") != NULL : !find(old, "PROCESSOR_ARCHITEW6432")))
        return; /* not a Windows environment, or of this kind already */
    WCHAR *changed = malloc((*length * 2 + 256) * sizeof *changed), *place = changed;
    if (!changed)
        return;
    for (const WCHAR *item = old; *item; item += length_of(item) + 1) {
        bool done = false;
        for (int i = 0; i < RULES; i++) {
            if (!value_of(item, rules[i].name))
                continue;
            put_variable(&place, &rules[i], old);
            if (i == 0)
                put_variable(&place, &rules[1], old);
            done = true;
        }
        if (!done) {
            memcpy(place, item, (length_of(item) + 1) * sizeof *item);
            place += length_of(item) + 1;
        }
    }
    *place++ = 0;
    if (place == changed + 1)
        *place++ = 0;
    *length = (size_t)(place - changed);
    free(*block);
    *block = changed;
}
