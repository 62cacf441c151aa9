/*
 * The environment tables, narrow and wide, in step with the process environment. Guarded by the
 * environment lock; a table's strings stay valid until their variable changes.
 */
#include "crt.h"

static int count_of(void **table)
{
    int count = 0;

    while (table[count])
        count++;
    return count;
}

int crt_make_wide_environment(void)
{
    if (_wenviron)
        return 0;
    wchar_t *block = GetEnvironmentStringsW();
    if (!block)
        return -1;
    int count = 0;
    size_t length = 0;
    for (wchar_t *p = block; *p; p += wcslen(p) + 1) {
        if (*p != '=')
            count++;
        length = p + wcslen(p) + 1 - block;
    }
    (void)length;
    wchar_t **table = malloc((count + 1) * sizeof *table);
    int i = 0;
    for (wchar_t *p = block; table && *p; p += wcslen(p) + 1)
        if (*p != '=')
            table[i++] = _wcsdup(p);
    FreeEnvironmentStringsW(block);
    if (!table)
        return -1;
    table[i] = NULL;
    _wenviron = table;
    return 0;
}

int crt_make_environment(void)
{
    if (_environ)
        return 0;
    if (crt_make_wide_environment())
        return -1;
    int count = count_of((void **)_wenviron);
    char **table = malloc((count + 1) * sizeof *table);
    if (!table)
        return -1;
    for (int i = 0; i < count; i++)
        table[i] = crt_narrow(_wenviron[i], CP_ACP);
    table[count] = NULL;
    _environ = table;
    return 0;
}

wchar_t *_wgetenv(const wchar_t *name)
{
    wchar_t *result = NULL;

    CRT_CHECK(name, EINVAL, NULL);
    size_t length = wcslen(name);
    _lock(CRT_LOCK_ENVIRONMENT);
    if (!crt_make_wide_environment())
        for (wchar_t **p = _wenviron; *p && !result; p++)
            if (!_wcsnicmp(*p, name, length) && (*p)[length] == '=')
                result = *p + length + 1;
    _unlock(CRT_LOCK_ENVIRONMENT);
    return result;
}

char *getenv(const char *name)
{
    char *result = NULL;

    CRT_CHECK(name, EINVAL, NULL);
    size_t length = strlen(name);
    _lock(CRT_LOCK_ENVIRONMENT);
    if (!crt_make_environment())
        for (char **p = _environ; *p && !result; p++)
            if (!_strnicmp(*p, name, length) && (*p)[length] == '=')
                result = *p + length + 1;
    _unlock(CRT_LOCK_ENVIRONMENT);
    return result;
}

/* Replaces, adds or (value NULL) removes NAME in a table; takes ownership of `entry`. */
static bool update(void ***table, void *entry, int found, bool remove)
{
    int count = count_of(*table);

    if (found >= 0) {
        free((*table)[found]);
        if (remove)
            memmove(&(*table)[found], &(*table)[found + 1], (count - found) * sizeof **table);
        else
            (*table)[found] = entry;
        return true;
    }
    if (remove)
        return true;
    void **bigger = realloc(*table, (count + 2) * sizeof **table);
    if (!bigger)
        return false;
    bigger[count] = entry;
    bigger[count + 1] = NULL;
    *table = bigger;
    return true;
}

static int set(const wchar_t *name, const wchar_t *value)
{
    int result = 0, found;
    bool remove = !*value;
    size_t length = wcslen(name);

    _lock(CRT_LOCK_ENVIRONMENT);
    if (crt_make_wide_environment()) {
        _unlock(CRT_LOCK_ENVIRONMENT);
        return -1;
    }
    wchar_t *entry = malloc((length + wcslen(value) + 2) * sizeof *entry);
    if (!entry) {
        _unlock(CRT_LOCK_ENVIRONMENT);
        return -1;
    }
    wcscpy(entry, name);
    entry[length] = '=';
    wcscpy(entry + length + 1, value);
    if (_environ) {
        char *narrow_name = crt_narrow(name, CP_ACP),
             *narrow_entry = remove ? NULL : crt_narrow(entry, CP_ACP);
        size_t n = narrow_name ? strlen(narrow_name) : 0;
        found = -1;
        for (int i = 0; narrow_name && _environ[i]; i++)
            if (!_strnicmp(_environ[i], narrow_name, n) && _environ[i][n] == '=')
                found = i;
        void **table = (void **)_environ;
        if (narrow_name && update(&table, narrow_entry, found, remove)) {
            if (__initenv == _environ)
                __initenv = (char **)table;
            _environ = (char **)table;
        }
        free(narrow_name);
    }
    found = -1;
    for (int i = 0; _wenviron[i]; i++)
        if (!_wcsnicmp(_wenviron[i], name, length) && _wenviron[i][length] == '=')
            found = i;
    void **table = (void **)_wenviron;
    if (!update(&table, entry, found, remove))
        result = -1;
    if (__winitenv == _wenviron)
        __winitenv = (wchar_t **)table;
    _wenviron = (wchar_t **)table;
    if (remove)
        free(entry);
    if (!SetEnvironmentVariableW(name, remove ? NULL : value) && GetLastError() != ERROR_ENVVAR_NOT_FOUND)
        result = -1;
    _unlock(CRT_LOCK_ENVIRONMENT);
    return result;
}

int _wputenv_s(const wchar_t *name, const wchar_t *value)
{
    CRT_CHECK(name && value, EINVAL, EINVAL);
    CRT_CHECK(*name && !wcschr(name, '='), EINVAL, EINVAL);
    return set(name, value) ? errno : 0;
}
int _putenv_s(const char *name, const char *value)
{
    CRT_CHECK(name && value, EINVAL, EINVAL);
    wchar_t *wide_name = crt_wide(name, CP_ACP), *wide_value = crt_wide(value, CP_ACP);
    int result = wide_name && wide_value ? _wputenv_s(wide_name, wide_value) : ENOMEM;
    free(wide_name);
    free(wide_value);
    return result;
}
int _wputenv(const wchar_t *text)
{
    CRT_CHECK(text, EINVAL, -1);
    wchar_t *copy = _wcsdup(text), *equals = copy ? wcschr(copy, '=') : NULL;
    int result = -1;
    if (equals && equals != copy) {
        *equals = 0;
        result = set(copy, equals + 1);
    } else if (copy) {
        errno = EINVAL;
    }
    free(copy);
    return result;
}
int _putenv(const char *text)
{
    CRT_CHECK(text, EINVAL, -1);
    wchar_t *wide = crt_wide(text, CP_ACP);
    int result = wide ? _wputenv(wide) : -1;
    free(wide);
    return result;
}

#define GETTERS(T, getenv_s, dupenv_s, get, length_of, copy)                                                 \
    int getenv_s(size_t *ret_size, T *buffer, size_t size, const T *name)                                    \
    {                                                                                                        \
        CRT_CHECK(ret_size, EINVAL, EINVAL);                                                                 \
        *ret_size = 0;                                                                                       \
        CRT_CHECK((buffer && size) || (!buffer && !size), EINVAL, EINVAL);                                   \
        if (buffer)                                                                                          \
            *buffer = 0;                                                                                     \
        const T *value = get(name);                                                                          \
        if (!value)                                                                                          \
            return name ? 0 : EINVAL;                                                                        \
        *ret_size = length_of(value) + 1;                                                                    \
        if (!size)                                                                                           \
            return 0;                                                                                        \
        if (*ret_size > size)                                                                                \
            return ERANGE;                                                                                   \
        copy(buffer, value);                                                                                 \
        return 0;                                                                                            \
    }                                                                                                        \
    int dupenv_s(T **ret_buffer, size_t *ret_size, const T *name)                                            \
    {                                                                                                        \
        CRT_CHECK(ret_buffer &&name, EINVAL, EINVAL);                                                        \
        *ret_buffer = NULL;                                                                                  \
        if (ret_size)                                                                                        \
            *ret_size = 0;                                                                                   \
        const T *value = get(name);                                                                          \
        if (!value)                                                                                          \
            return 0;                                                                                        \
        size_t size = length_of(value) + 1;                                                                  \
        if (!(*ret_buffer = malloc(size * sizeof(T))))                                                       \
            return ENOMEM;                                                                                   \
        copy(*ret_buffer, value);                                                                            \
        if (ret_size)                                                                                        \
            *ret_size = size;                                                                                \
        return 0;                                                                                            \
    }
GETTERS(char, getenv_s, _dupenv_s, getenv, strlen, strcpy)
GETTERS(wchar_t, _wgetenv_s, _wdupenv_s, _wgetenv, wcslen, wcscpy)

int _get_environ(char ***value)
{
    CRT_CHECK(value, EINVAL, EINVAL);
    *value = _environ;
    return 0;
}
int _get_wenviron(wchar_t ***value)
{
    CRT_CHECK(value, EINVAL, EINVAL);
    *value = _wenviron;
    return 0;
}
