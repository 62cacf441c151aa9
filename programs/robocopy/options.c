/*
 * robocopy: its options.
 */
#include "robocopy.h"

struct options options = {.levels = ~0u, .retries = 1000000, .wait = 30, .most = ~0ull};

static void add_pattern(struct patterns *patterns, const wchar_t *text)
{
    patterns->texts = resize(patterns->texts, (patterns->count + 1) * sizeof *patterns->texts);
    patterns->texts[patterns->count++] = copy_string(text);
}

static DWORD read_letters(const wchar_t *letters)
{
    static const struct {
        wchar_t letter;
        DWORD bit;
    } bits[] = {{'r', FILE_ATTRIBUTE_READONLY},   {'a', FILE_ATTRIBUTE_ARCHIVE},
                {'s', FILE_ATTRIBUTE_SYSTEM},     {'h', FILE_ATTRIBUTE_HIDDEN},
                {'c', FILE_ATTRIBUTE_COMPRESSED}, {'n', FILE_ATTRIBUTE_NOT_CONTENT_INDEXED},
                {'e', FILE_ATTRIBUTE_ENCRYPTED},  {'t', FILE_ATTRIBUTE_TEMPORARY},
                {'o', FILE_ATTRIBUTE_OFFLINE}};
    DWORD attributes = 0;
    for (; *letters; letters++)
        for (size_t i = 0; i < ARRAYSIZE(bits); i++)
            if (towlower(*letters) == bits[i].letter)
                attributes |= bits[i].bit;
    return attributes;
}

/* Days before now, or YYYYMMDD; as FILETIME. */
static ULONGLONG read_age(const wchar_t *text)
{
    const unsigned long number = wcstoul(text, NULL, 10);
    SYSTEMTIME time;
    FILETIME local, result;
    if (number < 1900) {
        GetSystemTimeAsFileTime(&result);
        return ((ULONGLONG)result.dwHighDateTime << 32 | result.dwLowDateTime) - number * 864000000000ull;
    }
    memset(&time, 0, sizeof time);
    time.wYear = (WORD)(number / 10000);
    time.wMonth = (WORD)(number / 100 % 100);
    time.wDay = (WORD)(number % 100);
    if (!SystemTimeToFileTime(&time, &local) || !LocalFileTimeToFileTime(&local, &result))
        return 0;
    return (ULONGLONG)result.dwHighDateTime << 32 | result.dwLowDateTime;
}

/* Switches without a value. */
static BOOL read_flag(const wchar_t *name)
{
    static const struct {
        const wchar_t *name;
        BOOL *flags[3];
    } flags[] = {
        {L"s", {&options.tree}},
        {L"e", {&options.tree, &options.empty}},
        {L"mir", {&options.tree, &options.empty, &options.purge}},
        {L"purge", {&options.purge}},
        {L"mov", {&options.move_files}},
        {L"move", {&options.move_files, &options.move_folders}},
        {L"l", {&options.list_only}},
        {L"create", {&options.skeleton}},
        {L"xn", {&options.skip_newer}},
        {L"xo", {&options.skip_older}},
        {L"xc", {&options.skip_changed}},
        {L"xx", {&options.skip_extra}},
        {L"xl", {&options.skip_lonely}},
        {L"is", {&options.with_same}},
        {L"nfl", {&options.no_files}},
        {L"ndl", {&options.no_folders}},
        {L"njh", {&options.no_header}},
        {L"njs", {&options.no_summary}},
        {L"ns", {&options.no_sizes}},
        {L"nc", {&options.no_classes}},
        {L"fp", {&options.full_names}},
        {L"v", {&options.verbose}},
        {L"tee", {&options.tee}},
        {L"a", {&options.only_archive}},
        {L"m", {&options.only_archive, &options.reset_archive}},
        {L"xj", {&options.skip_junctions}},
        {L"xjd", {&options.skip_junctions}},
        {L"fft", {&options.loose_times}},
    };
    /* what makes no difference here: backup mode, progress, threads, security, buffers */
    static const wchar_t *const accepted[] = {
        L"b",       L"z",        L"zb",      L"j",      L"np",     L"eta",      L"bytes", L"ts",
        L"x",       L"sec",      L"copyall", L"nocopy", L"secfix", L"timfix",   L"dst",   L"256",
        L"fat",     L"it",       L"im",      L"reg",    L"tbd",    L"nodcopy",  L"xjf",   L"mt",
        L"unicode", L"compress", L"sj",      L"sl",     L"efsraw", L"nooffload"};
    for (size_t i = 0; i < ARRAYSIZE(flags); i++) {
        if (_wcsicmp(name, flags[i].name))
            continue;
        for (size_t k = 0; k < 3 && flags[i].flags[k]; k++)
            *flags[i].flags[k] = TRUE;
        return TRUE;
    }
    for (size_t i = 0; i < ARRAYSIZE(accepted); i++)
        if (!_wcsicmp(name, accepted[i]))
            return TRUE;
    return FALSE;
}

static BOOL starts(const wchar_t *word, const wchar_t *name, const wchar_t **ret_value)
{
    const size_t length = wcslen(name);
    *ret_value = word + length;
    return !_wcsnicmp(word, name, length);
}

static BOOL read_value(const wchar_t *word)
{
    const wchar_t *value;
    if (starts(word, L"lev:", &value))
        options.levels = wcstoul(value, NULL, 10);
    else if (starts(word, L"r:", &value))
        options.retries = wcstoul(value, NULL, 10);
    else if (starts(word, L"w:", &value))
        options.wait = wcstoul(value, NULL, 10);
    else if (starts(word, L"max:", &value))
        options.most = _wcstoui64(value, NULL, 10);
    else if (starts(word, L"min:", &value))
        options.least = _wcstoui64(value, NULL, 10);
    else if (starts(word, L"maxage:", &value))
        options.oldest = read_age(value);
    else if (starts(word, L"minage:", &value))
        options.newest = read_age(value);
    else if (starts(word, L"ia:", &value))
        options.included = read_letters(value);
    else if (starts(word, L"xa:", &value))
        options.excluded = read_letters(value);
    else if (starts(word, L"a+:", &value))
        options.add = read_letters(value);
    else if (starts(word, L"a-:", &value))
        options.remove = read_letters(value);
    else if (starts(word, L"log+:", &value) || starts(word, L"unilog+:", &value)) {
        options.log = copy_string(value);
        options.log_appends = TRUE;
    } else if (starts(word, L"log:", &value) || starts(word, L"unilog:", &value))
        options.log = copy_string(value);
    else
        return starts(word, L"copy:", &value) || starts(word, L"dcopy:", &value) ||
               starts(word, L"mt:", &value) || starts(word, L"ipg:", &value) ||
               starts(word, L"rh:", &value) || starts(word, L"lfsm", &value) ||
               starts(word, L"iomaxsize:", &value) || starts(word, L"iorate:", &value) ||
               starts(word, L"threshold:", &value);
    return TRUE;
}

static int fail(const wchar_t *text, const wchar_t *word)
{
    print(L"\r\nERROR : %ls%ls\r\n\r\n       Simple Usage :: ROBOCOPY source destination /MIR\r\n\r\n"
          L"****  /MIR can DELETE files as well as copy them !\r\n",
          text, word);
    return STATUS_FATAL;
}

int read_arguments(int argc, wchar_t **argv)
{
    struct patterns *open = NULL; /* /xf and /xd take all words up to the next switch */
    for (int i = 1; i < argc; i++) {
        const wchar_t *word = argv[i];
        if (word[0] != '/') {
            if (open)
                add_pattern(open, word);
            else if (!options.source)
                options.source = full_path(word);
            else if (!options.target)
                options.target = full_path(word);
            else
                add_pattern(&options.files, word);
            continue;
        }
        open = NULL;
        if (!_wcsicmp(word, L"/xf"))
            open = &options.excluded_files;
        else if (!_wcsicmp(word, L"/xd"))
            open = &options.excluded_folders;
        else if (!_wcsicmp(word, L"/if"))
            open = &options.files;
        else if (!wcscmp(word, L"/?")) {
            print(L"ROBOCOPY source destination [file [file]...] [options]\r\n"
                  L"  /S /E /LEV:n /PURGE /MIR /MOV /MOVE /CREATE /L /A /M /A+:RASHCNET /A-:RASHCNET /IA: "
                  L"/XA:\r\n"
                  L"  /XF file... /XD folder... /XC /XN /XO /XX /XL /IS /MAX:n /MIN:n /MAXAGE:n /MINAGE:n "
                  L"/XJ /FFT\r\n"
                  L"  /R:n /W:n /NFL /NDL /NJH /NJS /NS /NC /NP /FP /V /LOG:file /LOG+:file /TEE\r\n");
            return STATUS_FATAL;
        } else if (!read_value(word + 1) && !read_flag(word + 1)) {
            return fail(L"Invalid Parameter #", word);
        }
    }
    if (!options.source)
        return fail(L"No Source Directory Specified.", L"");
    if (!options.target)
        return fail(L"No Destination Directory Specified.", L"");
    if (!options.files.count)
        add_pattern(&options.files, L"*");
    return 0;
}
