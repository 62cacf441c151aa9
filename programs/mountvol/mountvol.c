/*
 * mountvol.exe: which volumes there are and where they are seen. Volumes cannot be mounted elsewhere.
 */
#include <windows.h>

#include <stdio.h>
#include <wchar.h>

static void list_volumes(void)
{
    WCHAR volume[64], places[1024];
    DWORD size;
    const HANDLE find = FindFirstVolumeW(volume, ARRAYSIZE(volume));

    if (find == INVALID_HANDLE_VALUE)
        return;
    do {
        wprintf(L"    %ls\n", volume);
        if (!GetVolumePathNamesForVolumeNameW(volume, places, ARRAYSIZE(places), &size) || !*places)
            wprintf(L"        (seen nowhere)\n");
        else
            for (const WCHAR *place = places; *place; place += wcslen(place) + 1)
                wprintf(L"        %ls\n", place);
        wprintf(L"\n");
    } while (FindNextVolumeW(find, volume, ARRAYSIZE(volume)));
    FindVolumeClose(find);
}

int wmain(int argc, wchar_t **argv)
{
    WCHAR place[MAX_PATH], volume[64];

    if (argc < 2) {
        wprintf(L"mountvol [DRIVE:]PATH /L    the volume that is seen there\n\nVolumes and where they are "
                L"seen:\n\n");
        list_volumes();
        return 0;
    }
    if (argc != 3 || _wcsicmp(argv[2], L"/L")) {
        fwprintf(stderr, L"mountvol: volumes cannot be mounted or unmounted here\n");
        return 1;
    }
    swprintf(place, ARRAYSIZE(place), L"%ls%ls", argv[1],
             argv[1][0] && argv[1][wcslen(argv[1]) - 1] == '\\' ? L"" : L"\\");
    if (!GetVolumeNameForVolumeMountPointW(place, volume, ARRAYSIZE(volume))) {
        fwprintf(stderr, L"mountvol: %ls: error %lu\n", place, GetLastError());
        return 1;
    }
    wprintf(L"    %ls\n", volume);
    return 0;
}
