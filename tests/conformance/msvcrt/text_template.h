/* The tests of text.c for one width of characters. */
#undef TEST_NAMED
#define TEST_NAMED(name) TEST_EXPANDED(NAMED(name))
#ifndef TEST_EXPANDED
#define TEST_EXPANDED(name) CRT_TEST(name)
#endif

TEST_NAMED(copies)
{
    T buffer[10] = X("*********");

    CHECK_TEXT(PICK(strncpy, wcsncpy)(buffer, X("abc"), 2), X("ab*******"));
    PICK(strncpy, wcsncpy)(buffer, X("abc"), 6);
    CHECK_BYTES(buffer, X("abc\0\0\0***"), sizeof buffer);
    CHECK_TEXT(PICK(strncat, wcsncat)(buffer, X("defg"), 2), X("abcde"));
    CHECK_TEXT(PICK(strncat, wcsncat)(buffer, X("f"), 5), X("abcdef"));
    CHECK_TEXT(PICK(strcpy, wcscpy)(buffer, X("")), X(""));
    CHECK_TEXT(PICK(strcat, wcscat)(buffer, X("q")), X("q"));
    T *copy = PICK(_strdup, _wcsdup)(X("copied"));
    CHECK_TEXT(copy, X("copied"));
    FN(free)(copy);
    CHECK(PICK(_strdup, _wcsdup)(NULL) == NULL);
    CHECK_EQ(PICK(strnlen, wcsnlen)(X("abc"), 2), 2);
    CHECK_EQ(PICK(strnlen, wcsnlen)(X("abc"), 9), 3);
    CHECK_EQ(PICK(strnlen, wcsnlen)(X("abc"), 0), 0);
}

TEST_NAMED(checked_copies)
{
    ORACLE_DIFFERS("unterminated destinations are EINVAL by the documentation of strcat_s, and so on");
    T buffer[8];
#define START() memcpy(buffer, X("abc\0****"), sizeof buffer)
    /* strcpy_s */
    START();
    CHECK_EQ(PICK(strcpy_s, wcscpy_s)(buffer, 4, X("xyz")), 0);
    CHECK_TEXT(buffer, X("xyz"));
    CHECK_INVALID(PICK(strcpy_s, wcscpy_s)(buffer, 3, X("xyz")), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);
    START();
    CHECK_INVALID(PICK(strcpy_s, wcscpy_s)(buffer, 8, NULL), EINVAL, EINVAL);
    CHECK_EQ(buffer[0], 0);
    CHECK_INVALID(PICK(strcpy_s, wcscpy_s)(NULL, 8, X("a")), EINVAL, EINVAL);
    START();
    CHECK_INVALID(PICK(strcpy_s, wcscpy_s)(buffer, 0, X("a")), EINVAL, EINVAL);
    CHECK_TEXT(buffer, X("abc")); /* no room even for the terminator */

    /* strcat_s */
    CHECK_EQ(PICK(strcat_s, wcscat_s)(buffer, 6, X("de")), 0);
    CHECK_TEXT(buffer, X("abcde"));
    CHECK_INVALID(PICK(strcat_s, wcscat_s)(buffer, 6, X("f")), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);
    START();
    CHECK_INVALID(PICK(strcat_s, wcscat_s)(buffer, 3, X("d")), EINVAL, EINVAL); /* not terminated */
    CHECK_EQ(buffer[0], 0);
    START();
    CHECK_INVALID(PICK(strcat_s, wcscat_s)(buffer, 8, NULL), EINVAL, EINVAL);
    CHECK_EQ(buffer[0], 0);
    CHECK_INVALID(PICK(strcat_s, wcscat_s)(NULL, 8, X("a")), EINVAL, EINVAL);
    CHECK_INVALID(PICK(strcat_s, wcscat_s)(buffer, 0, X("a")), EINVAL, EINVAL);

    /* strncpy_s */
    START();
    CHECK_EQ(PICK(strncpy_s, wcsncpy_s)(buffer, 4, X("vwxyz"), 3), 0);
    CHECK_TEXT(buffer, X("vwx"));
    CHECK_INVALID(PICK(strncpy_s, wcsncpy_s)(buffer, 4, X("vwxyz"), 4), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);
    CHECK_ERRNO(PICK(strncpy_s, wcsncpy_s)(buffer, 4, X("vwxyz"), _TRUNCATE), STRUNCATE, 0xdead);
    CHECK_TEXT(buffer, X("vwx"));
    CHECK_EQ(PICK(strncpy_s, wcsncpy_s)(buffer, 8, X("vwxyz"), _TRUNCATE), 0);
    CHECK_TEXT(buffer, X("vwxyz"));
    CHECK_EQ(PICK(strncpy_s, wcsncpy_s)(buffer, 8, NULL, 0), 0);
    CHECK_EQ(buffer[0], 0);
    CHECK_EQ(PICK(strncpy_s, wcsncpy_s)(NULL, 0, X("a"), 0), 0);
    CHECK_INVALID(PICK(strncpy_s, wcsncpy_s)(NULL, 0, X("a"), 1), EINVAL, EINVAL);
    START();
    CHECK_INVALID(PICK(strncpy_s, wcsncpy_s)(buffer, 8, NULL, 1), EINVAL, EINVAL);
    CHECK_EQ(buffer[0], 0);

    /* strncat_s */
    START();
    CHECK_EQ(PICK(strncat_s, wcsncat_s)(buffer, 6, X("xyz"), 2), 0);
    CHECK_TEXT(buffer, X("abcxy"));
    CHECK_INVALID(PICK(strncat_s, wcsncat_s)(buffer, 6, X("xyz"), 2), ERANGE, ERANGE);
    CHECK_EQ(buffer[0], 0);
    START();
    CHECK_EQ(PICK(strncat_s, wcsncat_s)(buffer, 5, X("xyz"), _TRUNCATE), STRUNCATE);
    CHECK_TEXT(buffer, X("abcx"));
    CHECK_EQ(PICK(strncat_s, wcsncat_s)(buffer, 8, NULL, 0), 0);
    CHECK_TEXT(buffer, X("abcx"));
    CHECK_EQ(PICK(strncat_s, wcsncat_s)(NULL, 0, NULL, 0), 0);
    CHECK_INVALID(PICK(strncat_s, wcsncat_s)(buffer, 2, X("x"), 1), EINVAL, EINVAL);
    CHECK_EQ(buffer[0], 0);
#undef START
}

TEST_NAMED(searching)
{
    const T *text = X("mississippi");

    CHECK_EQ(PICK(strchr, wcschr)(text, 's') - text, 2);
    CHECK_EQ(PICK(strchr, wcschr)(text, 0) - text, 11);
    CHECK(PICK(strchr, wcschr)(text, 'x') == NULL);
    CHECK_EQ(PICK(strrchr, wcsrchr)(text, 's') - text, 6);
    CHECK_EQ(PICK(strrchr, wcsrchr)(text, 0) - text, 11);
    CHECK(PICK(strrchr, wcsrchr)(text, 'x') == NULL);
    CHECK_EQ(PICK(strstr, wcsstr)(text, X("ssip")) - text, 5);
    CHECK_EQ(PICK(strstr, wcsstr)(text, X("")) - text, 0);
    CHECK(PICK(strstr, wcsstr)(text, X("ssis_")) == NULL);
    CHECK_EQ(PICK(strspn, wcsspn)(text, X("ism")), 8);
    CHECK_EQ(PICK(strspn, wcsspn)(text, X("")), 0);
    CHECK_EQ(PICK(strcspn, wcscspn)(text, X("ps")), 2);
    CHECK_EQ(PICK(strcspn, wcscspn)(text, X("")), 11);
    CHECK_EQ(PICK(strpbrk, wcspbrk)(text, X("ps")) - text, 2);
    CHECK(PICK(strpbrk, wcspbrk)(text, X("xyz")) == NULL);
}

TEST_NAMED(comparing)
{
    ORACLE_DIFFERS("NULL is an invalid parameter by the documentation");
#define SIGN(x) (((x) > 0) - ((x) < 0))
    static const struct {
        const T *a, *b;
        size_t n;
        int plain, fold, limited, limited_fold;
    } pairs[] = {
        {X(""), X(""), 0, 0, 0, 0, 0},
        {X("a"), X(""), 0, 1, 1, 0, 0},
        {X("abc"), X("abd"), 2, -1, -1, 0, 0},
        {X("abc"), X("ABC"), 3, 1, 0, 1, 0},
        {X("ABC"), X("abd"), 3, -1, -1, -1, -1},
        {X("Z"), X("a"), 1, -1, 1, -1, 1},
        {X("_"), X("A"), 1, 1, -1, 1, -1}, /* folded to lower case, where _ comes first */
        {X("abc"), X("abcd"), 9, -1, -1, -1, -1},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const T *a = pairs[i].a, *b = pairs[i].b;
        size_t n = pairs[i].n;
        CHECK_EQ(SIGN(PICK(strcmp, wcscmp)(a, b)), pairs[i].plain);
        CHECK_EQ(SIGN(PICK(_stricmp, _wcsicmp)(a, b)), pairs[i].fold);
        CHECK_EQ(SIGN(PICK(_stricmp_l, _wcsicmp_l)(a, b, NULL)), pairs[i].fold);
        CHECK_EQ(SIGN(PICK(strncmp, wcsncmp)(a, b, n)), pairs[i].limited);
        CHECK_EQ(SIGN(PICK(_strnicmp, _wcsnicmp)(a, b, n)), pairs[i].limited_fold);
        CHECK_EQ(SIGN(PICK(_strnicmp_l, _wcsnicmp_l)(a, b, n, NULL)), pairs[i].limited_fold);
        /* In the C locale order is that of the codes. */
        CHECK_EQ(SIGN(PICK(strcoll, wcscoll)(a, b)), pairs[i].plain);
        CHECK_EQ(SIGN(PICK(_strcoll_l, _wcscoll_l)(a, b, NULL)), pairs[i].plain);
        CHECK_EQ(SIGN(PICK(_stricoll, _wcsicoll)(a, b)), pairs[i].fold);
        CHECK_EQ(SIGN(PICK(_stricoll_l, _wcsicoll_l)(a, b, NULL)), pairs[i].fold);
        CHECK_EQ(SIGN(PICK(_strncoll, _wcsncoll)(a, b, n)), pairs[i].limited);
        CHECK_EQ(SIGN(PICK(_strncoll_l, _wcsncoll_l)(a, b, n, NULL)), pairs[i].limited);
        CHECK_EQ(SIGN(PICK(_strnicoll, _wcsnicoll)(a, b, n)), pairs[i].limited_fold);
        CHECK_EQ(SIGN(PICK(_strnicoll_l, _wcsnicoll_l)(a, b, n, NULL)), pairs[i].limited_fold);
    }
    CHECK_INVALID(PICK(_stricmp, _wcsicmp)(NULL, X("a")), _NLSCMPERROR, EINVAL);
    CHECK_INVALID(PICK(_strnicmp, _wcsnicmp)(X("a"), NULL, 1), _NLSCMPERROR, EINVAL);
#ifndef WIDE
    CHECK_EQ(FN(_strcmpi)("aBC", "Abc"), 0);
    CHECK(FN(strcmp)("\xff", "a") > 0);
#endif
    T out[8] = X("*******");
    CHECK_EQ(PICK(strxfrm, wcsxfrm)(out, X("abc"), 8), 3); /* the C locale's keys are the text */
    CHECK_TEXT(out, X("abc"));
    CHECK_EQ(PICK(strxfrm, wcsxfrm)(NULL, X("abcdef"), 0), 6);
    CHECK_EQ(PICK(strxfrm, wcsxfrm)(out, X("abcdef"), 3), 6);
    CHECK_EQ(PICK(_strxfrm_l, _wcsxfrm_l)(out, X("xyz"), 8, NULL), 3);
    CHECK_TEXT(out, X("xyz"));
}

TEST_NAMED(case)
{
    ORACLE_DIFFERS("the checked forms report invalid parameters");
    T text[16] = X("MiXeD 12 [@`{]");

    CHECK_TEXT(PICK(_strlwr, _wcslwr)(text), X("mixed 12 [@`{]"));
    CHECK_TEXT(PICK(_strupr, _wcsupr)(text), X("MIXED 12 [@`{]"));
    CHECK_TEXT(PICK(_strlwr_l, _wcslwr_l)(text, NULL), X("mixed 12 [@`{]"));
    CHECK_TEXT(PICK(_strupr_l, _wcsupr_l)(text, NULL), X("MIXED 12 [@`{]"));
    CHECK_EQ(PICK(_strlwr_s, _wcslwr_s)(text, 16), 0);
    CHECK_TEXT(text, X("mixed 12 [@`{]"));
    CHECK_EQ(PICK(_strupr_s, _wcsupr_s)(text, 15), 0);
    CHECK_TEXT(text, X("MIXED 12 [@`{]"));
    CHECK_EQ(PICK(_strlwr_s_l, _wcslwr_s_l)(text, 16, NULL), 0);
    CHECK_TEXT(text, X("mixed 12 [@`{]"));
    CHECK_EQ(PICK(_strupr_s_l, _wcsupr_s_l)(text, 16, NULL), 0);
    CHECK_TEXT(text, X("MIXED 12 [@`{]"));
    CHECK_INVALID(PICK(_strlwr_s, _wcslwr_s)(text, 4), EINVAL, EINVAL); /* not terminated in the buffer */
    CHECK_EQ(text[0], 0);
    CHECK_INVALID(PICK(_strupr_s, _wcsupr_s)(NULL, 4), EINVAL, EINVAL);
    memcpy(text, X("abcd"), 5 * sizeof(T));
    CHECK_INVALID(PICK(_strupr_s, _wcsupr_s)(text, 4), EINVAL, EINVAL);
    CHECK_EQ(text[0], 0);
}

TEST_NAMED(filling)
{
    T text[8] = X("abcdef");

    CHECK_TEXT(PICK(_strnset, _wcsnset)(text, '-', 2), X("--cdef"));
    CHECK_TEXT(PICK(_strnset, _wcsnset)(text, '+', 100), X("++++++"));
    CHECK_TEXT(PICK(_strset, _wcsset)(text, 'x'), X("xxxxxx"));
    CHECK_EQ(PICK(_strnset_s, _wcsnset_s)(text, 8, 'y', 3), 0);
    CHECK_TEXT(text, X("yyyxxx"));
    CHECK_EQ(PICK(_strset_s, _wcsset_s)(text, 8, 'z'), 0);
    CHECK_TEXT(text, X("zzzzzz"));
    CHECK_INVALID(PICK(_strset_s, _wcsset_s)(text, 3, '.'), EINVAL, EINVAL);
    CHECK_EQ(text[0], 0);
    CHECK_INVALID(PICK(_strnset_s, _wcsnset_s)(NULL, 3, '.', 1), EINVAL, EINVAL);
    memcpy(text, X("ab"), 3 * sizeof(T));
    CHECK_TEXT(PICK(_strrev, _wcsrev)(text), X("ba"));
    memcpy(text, X("abc"), 4 * sizeof(T));
    CHECK_TEXT(PICK(_strrev, _wcsrev)(text), X("cba"));
    text[0] = 0;
    CHECK_TEXT(PICK(_strrev, _wcsrev)(text), X(""));
}

TEST_NAMED(tokens)
{
    T text[] = X("--a,b;,c--"), other[] = X("1 2"), *context, *second;

    CHECK_TEXT(PICK(strtok_s, wcstok_s)(text, X("-"), &context), X("a,b;,c"));
    CHECK(PICK(strtok_s, wcstok_s)(NULL, X("-"), &context) == NULL);
    CHECK_TEXT(PICK(strtok_s, wcstok_s)(text + 2, X(",;"), &context), X("a"));
    CHECK_TEXT(PICK(strtok_s, wcstok_s)(other, X(" "), &second), X("1")); /* independent */
    CHECK_TEXT(PICK(strtok_s, wcstok_s)(NULL, X(";,"), &context), X("b"));
    CHECK_TEXT(PICK(strtok_s, wcstok_s)(NULL, X(" "), &second), X("2"));
    CHECK_TEXT(PICK(strtok_s, wcstok_s)(NULL, X(";,"), &context), X("c"));
    CHECK(PICK(strtok_s, wcstok_s)(NULL, X(";,"), &context) == NULL);
    context = NULL;
    CHECK_INVALID(PICK(strtok_s, wcstok_s)(NULL, X("-"), &context) == NULL, 1, EINVAL);
    CHECK_INVALID(PICK(strtok_s, wcstok_s)(text, NULL, &context) == NULL, 1, EINVAL);
    CHECK_INVALID(PICK(strtok_s, wcstok_s)(text, X("-"), NULL) == NULL, 1, EINVAL);
#if defined UCRT && defined WIDE
    T list[] = X("x y");
    wchar_t *(__cdecl * next)(wchar_t *, const wchar_t *, wchar_t **) = (void *)crt_function("wcstok");
    CHECK_WSTR(next(list, X(" "), &context), X("x"));
    CHECK_WSTR(next(NULL, X(" "), &context), X("y"));
    CHECK(next(NULL, X(" "), &context) == NULL);
    T list2[] = X("u v"); /* without a context it is the thread's */
    CHECK_WSTR(next(list2, X(" "), NULL), X("u"));
    CHECK_WSTR(next(NULL, X(" "), NULL), X("v"));
#elif defined WIDE
    T list[] = X("x y");
    wchar_t *(__cdecl * next)(wchar_t *, const wchar_t *) = (void *)crt_function("wcstok");
    CHECK_WSTR(next(list, X(" ")), X("x"));
    CHECK_WSTR(next(NULL, X(" ")), X("y"));
    CHECK(next(NULL, X(" ")) == NULL);
#endif
}
