/*
 * The table of built-in commands, and the smallest of them: echo, pause, rem.
 */
#include "cmd.h"

/* "echo." and its like print an empty line, or what follows the one character. */
int command_echo(const wchar_t *arguments)
{
    wchar_t *copy = copy_string(skip_blanks(arguments));
    trim_end(copy);
    if (*arguments && *arguments != ' ' && *arguments != '\t')
        print(L"%ls\r\n", arguments + 1);
    else if (!*copy)
        print(L"ECHO is %ls.\r\n", state.echo ? L"on" : L"off");
    else if (_wcsicmp(copy, L"on") == 0)
        state.echo = TRUE;
    else if (_wcsicmp(copy, L"off") == 0)
        state.echo = FALSE;
    else
        print(L"%ls\r\n", arguments + 1);
    free(copy);
    return 0;
}

int command_pause(const wchar_t *arguments)
{
    const HANDLE input = GetStdHandle(STD_INPUT_HANDLE);
    DWORD done, mode;
    wchar_t wide;
    char c;
    (void)arguments;
    print(L"Press any key to continue . . . ");
    if (GetConsoleMode(input, &mode)) {
        SetConsoleMode(input, mode & ~(DWORD)(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT));
        ReadConsoleW(input, &wide, 1, &done, NULL);
        SetConsoleMode(input, mode);
    } else {
        ReadFile(input, &c, 1, &done, NULL);
    }
    print(L"\r\n");
    return 0;
}

int command_rem(const wchar_t *arguments)
{
    (void)arguments;
    return 0;
}

static const struct {
    struct builtin_entry entry;
    const wchar_t *syntax;
} builtins[] = {
    {{L"assoc", command_assoc, CLEARS_IN_CMD}, L"ASSOC [.ext[=[fileType]]]"},
    {{L"break", command_break, KEEPS}, L"BREAK"},
    {{L"call", command_call, OWN}, L"CALL [drive:][path]filename [parameters]\r\nCALL :label arguments"},
    {{L"cd", command_cd, CLEARS}, L"CD [/D] [drive:][path]\r\nCD [..]"},
    {{L"chdir", command_cd, CLEARS}, L"CHDIR [/D] [drive:][path]\r\nCHDIR [..]"},
    {{L"cls", command_cls, KEEPS}, L"CLS"},
    {{L"color", command_color, CLEARS}, L"COLOR [attr]"},
    {{L"copy", command_copy, CLEARS},
     L"COPY [/D] [/V] [/N] [/Y | /-Y] [/Z] [/L] [/A | /B] source [/A | /B]\r\n"
     L"     [+ source [/A | /B] [+ ...]] [destination [/A | /B]]"},
    {{L"date", command_date, CLEARS}, L"DATE [/T | date]"},
    {{L"del", command_del, CLEARS}, L"DEL [/P] [/F] [/S] [/Q] [/A[[:]attributes]] names"},
    {{L"dir", command_dir, CLEARS},
     L"DIR [drive:][path][filename] [/A[[:]attributes]] [/B] [/C] [/D] [/L] [/N]\r\n"
     L"  [/O[[:]sortorder]] [/P] [/Q] [/R] [/S] [/T[[:]timefield]] [/W] [/X] [/4]"},
    {{L"echo", command_echo, KEEPS}, L"ECHO [ON | OFF]\r\nECHO [message]"},
    {{L"endlocal", command_endlocal, KEEPS}, L"ENDLOCAL"},
    {{L"erase", command_del, CLEARS}, L"ERASE [/P] [/F] [/S] [/Q] [/A[[:]attributes]] names"},
    {{L"exit", command_exit, OWN}, L"EXIT [/B] [exitCode]"},
    {{L"ftype", command_ftype, CLEARS_IN_CMD}, L"FTYPE [fileType[=[openCommandString]]]"},
    {{L"goto", command_goto, OWN}, L"GOTO label\r\nGOTO :EOF"},
    {{L"md", command_md, CLEARS}, L"MD [drive:]path"},
    {{L"mkdir", command_md, CLEARS}, L"MKDIR [drive:]path"},
    {{L"mklink", command_mklink, CLEARS}, L"MKLINK [[/D] | [/H] | [/J]] Link Target"},
    {{L"move", command_move, CLEARS}, L"MOVE [/Y | /-Y] [drive:][path]filename destination"},
    {{L"path", command_path, CLEARS_IN_CMD}, L"PATH [[drive:]path[;...][;%PATH%]]\r\nPATH ;"},
    {{L"pause", command_pause, KEEPS}, L"PAUSE"},
    {{L"popd", command_popd, KEEPS}, L"POPD"},
    {{L"prompt", command_prompt, CLEARS_IN_CMD}, L"PROMPT [text]"},
    {{L"pushd", command_pushd, CLEARS}, L"PUSHD [path | ..]"},
    {{L"rd", command_rd, OWN}, L"RD [/S] [/Q] [drive:]path"},
    {{L"rem", command_rem, KEEPS}, L"REM [comment]"},
    {{L"ren", command_ren, CLEARS}, L"REN [drive:][path]filename1 filename2"},
    {{L"rename", command_ren, CLEARS}, L"RENAME [drive:][path]filename1 filename2"},
    {{L"rmdir", command_rd, OWN}, L"RMDIR [/S] [/Q] [drive:]path"},
    {{L"set", command_set, CLEARS_IN_CMD},
     L"SET [variable=[string]]\r\nSET /P variable=[promptString]\r\nSET /A expression"},
    {{L"setlocal", command_setlocal, CLEARS},
     L"SETLOCAL [ENABLEEXTENSIONS | DISABLEEXTENSIONS]\r\n         [ENABLEDELAYEDEXPANSION | "
     L"DISABLEDELAYEDEXPANSION]"},
    {{L"shift", command_shift, KEEPS}, L"SHIFT [/n]"},
    {{L"start", command_start, CLEARS},
     L"START [\"title\"] [/D path] [/I] [/MIN] [/MAX] [/SEPARATE | /SHARED]\r\n"
     L"      [/LOW | /NORMAL | /HIGH | /REALTIME | /ABOVENORMAL | /BELOWNORMAL]\r\n"
     L"      [/NODE <NUMA node>] [/AFFINITY <hex affinity mask>] [/WAIT] [/B]\r\n"
     L"      [command/program] [parameters]"},
    {{L"time", command_time, CLEARS}, L"TIME [/T | time]"},
    {{L"title", command_title, KEEPS}, L"TITLE [string]"},
    {{L"type", command_type, CLEARS}, L"TYPE [drive:][path]filename"},
    {{L"ver", command_ver, CLEARS}, L"VER"},
    {{L"verify", command_verify, CLEARS}, L"VERIFY [ON | OFF]"},
    {{L"vol", command_vol, CLEARS}, L"VOL [drive:]"},
};

const struct builtin_entry *find_builtin(const wchar_t *word)
{
    for (size_t i = 0; i < ARRAYSIZE(builtins); i++)
        if (towlower(*word) == *builtins[i].entry.name && _wcsicmp(word, builtins[i].entry.name) == 0)
            return &builtins[i].entry;
    return NULL;
}

BOOL show_help(const struct builtin_entry *entry, const wchar_t *arguments)
{
    if (wcsncmp(skip_delimiters(arguments), L"/?", 2) != 0)
        return FALSE;
    for (size_t i = 0; i < ARRAYSIZE(builtins); i++)
        if (&builtins[i].entry == entry)
            print(L"%ls\r\n", builtins[i].syntax);
    return TRUE;
}
