/*
 * reg.exe: what each command takes.
 */
#include "reg.h"

static const struct {
    const WCHAR *name, *text;
} helps[] = {
    {L"query",
     L"REG QUERY KeyName [/v [ValueName] | /ve] [/s] [/f Data [/k] [/d] [/c] [/e]] [/t Type] [/z]\r\n"
     L"          [/se Separator] [/reg:32 | /reg:64]\r\n\r\n"
     L"  /v   one value, or with /f: look at names of values only    /ve  the default value\r\n"
     L"  /s   with all that is below     /f   what to look for       /k   in names of keys only\r\n"
     L"  /d   in data only               /c   case counts            /e   the whole text\r\n"
     L"  /t   values of a type           /z   with its number        /se  for REG_MULTI_SZ, \\0 if not "
     L"given\r\n"},
    {L"add", L"REG ADD KeyName [/v ValueName | /ve] [/t Type] [/s Separator] [/d Data] [/f] [/reg:32 | "
             L"/reg:64]\r\n\r\n"
             L"  /t   REG_SZ if not given; REG_MULTI_SZ, REG_EXPAND_SZ, REG_DWORD, REG_QWORD, REG_BINARY, "
             L"REG_NONE\r\n"
             L"  /s   what separates the strings of REG_MULTI_SZ, \\0 if not given\r\n"
             L"  /f   without asking whether to overwrite\r\n"},
    {L"delete", L"REG DELETE KeyName [/v ValueName | /ve | /va] [/f] [/reg:32 | /reg:64]\r\n\r\n"
                L"  /v   one value     /ve  the default value     /va  all values; none of them: the key "
                L"with all below\r\n"
                L"  /f   without asking\r\n"},
    {L"copy", L"REG COPY KeyName1 KeyName2 [/s] [/f] [/reg:32 | /reg:64]\r\n\r\n"
              L"  /s   with all that is below     /f   without asking\r\n"},
    {L"save", L"REG SAVE KeyName FileName [/y] [/reg:32 | /reg:64]\r\n\r\n"
              L"  FileName   a hive file, made anew     /y   overwrites without asking\r\n"},
    {L"restore", L"REG RESTORE KeyName FileName [/reg:32 | /reg:64]\r\n\r\n"
                 L"  FileName   a hive file that REG SAVE made; the key is then what it has\r\n"},
    {L"load", L"REG LOAD KeyName FileName [/reg:32 | /reg:64]\r\n\r\n"
              L"  KeyName   a new key below HKLM or HKU     FileName   a hive file\r\n"},
    {L"unload", L"REG UNLOAD KeyName\r\n\r\n  KeyName   what REG LOAD made\r\n"},
    {L"compare",
     L"REG COMPARE KeyName1 KeyName2 [/v ValueName | /ve] [Output] [/s] [/reg:32 | /reg:64]\r\n\r\n"
     L"  Output   /oa all, /od differences (if not given), /os what is the same, /on nothing\r\n"
     L"  /s       with all that is below\r\n\r\n"
     L"  Return code: 0 - identical, 1 - failed, 2 - different\r\n"},
    {L"export", L"REG EXPORT KeyName FileName [/y] [/reg:32 | /reg:64]\r\n\r\n"
                L"  FileName   a .reg file     /y   overwrites without asking\r\n"},
    {L"import", L"REG IMPORT FileName [/reg:32 | /reg:64]\r\n\r\n  FileName   a .reg file\r\n"},
    {L"flags", L"REG FLAGS KeyName [QUERY | SET [DONT_VIRTUALIZE] [DONT_SILENT_FAIL] [RECURSE_FLAG]]\r\n"
               L"          [/reg:32 | /reg:64]\r\n\r\n"
               L"  KeyName   below HKLM\\Software; flags that are not named with SET are cleared\r\n"},
};

BOOL print_help(const WCHAR *command)
{
    for (unsigned i = 0; i < ARRAYSIZE(helps); i++)
        if (!_wcsicmp(command, helps[i].name)) {
            print(L"%ls\r\n"
                  L"  KeyName   [\\\\Machine\\]ROOTKEY\\SubKey, ROOTKEY is HKLM, HKCU, HKCR, HKU or HKCC\r\n",
                  helps[i].text);
            return TRUE;
        }
    return FALSE;
}
