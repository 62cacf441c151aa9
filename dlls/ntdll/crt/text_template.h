/*
 * The functions that are alike for narrow (T = char) and wide (T = wchar_t) strings. FN(x) makes strx or
 * wcsx, _FN(x) _strx or _wcsx; UNSIGNED is T as it is compared, CHARACTER what searches take.
 */

size_t __cdecl FN(nlen)(const T *string, size_t max)
{
    size_t i = 0;
    while (i < max && string[i])
        i++;
    return i;
}

int __cdecl FN(cmp)(const T *a, const T *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (UNSIGNED)*a == (UNSIGNED)*b ? 0 : (UNSIGNED)*a < (UNSIGNED)*b ? -1 : 1;
}

int __cdecl FN(ncmp)(const T *a, const T *b, size_t count)
{
    for (; count && *a && *a == *b; count--)
        a++, b++;
    return count ? (UNSIGNED)*a - (UNSIGNED)*b : 0;
}

int __cdecl _FN(icmp)(const T *a, const T *b)
{
    int x, y;
    do {
        x = LOWER((UNSIGNED)*a++);
        y = LOWER((UNSIGNED)*b++);
    } while (x && x == y);
    return x - y;
}

int __cdecl _FN(nicmp)(const T *a, const T *b, size_t count)
{
    int x = 0, y = 0;
    while (count--) {
        x = LOWER((UNSIGNED)*a++);
        y = LOWER((UNSIGNED)*b++);
        if (!x || x != y)
            break;
    }
    return x - y;
}

T *__cdecl FN(cpy)(T *to, const T *from)
{
    T *p = to;
    while ((*p++ = *from++))
        ;
    return to;
}

T *__cdecl FN(ncpy)(T *to, const T *from, size_t count)
{
    size_t i = 0;
    for (; i < count && from[i]; i++)
        to[i] = from[i];
    for (; i < count; i++)
        to[i] = 0;
    return to;
}

T *__cdecl FN(cat)(T *to, const T *from)
{
    FN(cpy)(to + FN(len)(to), from);
    return to;
}

T *__cdecl FN(ncat)(T *to, const T *from, size_t count)
{
    T *p = to + FN(len)(to);
    while (count-- && *from)
        *p++ = *from++;
    *p = 0;
    return to;
}

T *__cdecl FN(chr)(const T *string, CHARACTER c)
{
    for (;; string++) {
        if (*string == (T)c)
            return (T *)string;
        if (!*string)
            return NULL;
    }
}

T *__cdecl FN(rchr)(const T *string, CHARACTER c)
{
    const T *found = NULL;
    for (;; string++) {
        if (*string == (T)c)
            found = string;
        if (!*string)
            return (T *)found;
    }
}

T *__cdecl FN(str)(const T *string, const T *part)
{
    size_t length = FN(len)(part);
    if (!length)
        return (T *)string;
    for (; (string = FN(chr)(string, *part)); string++)
        if (!FN(ncmp)(string, part, length))
            return (T *)string;
    return NULL;
}

size_t __cdecl FN(spn)(const T *string, const T *set)
{
    size_t i = 0;
    while (string[i] && FN(chr)(set, string[i]))
        i++;
    return i;
}

size_t __cdecl FN(cspn)(const T *string, const T *set)
{
    size_t i = 0;
    while (string[i] && !FN(chr)(set, string[i]))
        i++;
    return i;
}

T *__cdecl FN(pbrk)(const T *string, const T *set)
{
    string += FN(cspn)(string, set);
    return *string ? (T *)string : NULL;
}

T *__cdecl _FN(lwr)(T *string)
{
    for (T *p = string; *p; p++)
        *p = (T)LOWER((UNSIGNED)*p);
    return string;
}

T *__cdecl _FN(upr)(T *string)
{
    for (T *p = string; *p; p++)
        *p = (T)UPPER((UNSIGNED)*p);
    return string;
}
