/*
 * What the registry says of the machine: processors, names, environment blocks; the same as the API says.
 */
#include "harness.h"

static LSTATUS text(HKEY root, const char *path, const char *name, char *ret_text, DWORD size)
{
    return RegGetValueA(root, path, name, RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, ret_text,
                        &size);
}

#define PROCESSORS "HARDWARE\\DESCRIPTION\\System\\CentralProcessor"

TEST(processors)
{
    SYSTEM_INFO info;
    HKEY all;
    DWORD count = 0, megahertz, size;
    char path[128], identifier[128], first[128], vendor[64], name[128], variable[256], expected[256];
    GetSystemInfo(&info);
    CHECK_EQ(RegOpenKeyExA(HKEY_LOCAL_MACHINE, PROCESSORS, 0, KEY_READ, &all), 0);
    CHECK_EQ(RegQueryInfoKeyA(all, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK(count >= info.dwNumberOfProcessors);
    for (DWORD i = 0; i < count; i++) {
        snprintf(path, sizeof path, PROCESSORS "\\%lu", i);
        CHECK_EQ(text(HKEY_LOCAL_MACHINE, path, "Identifier", identifier, sizeof identifier), 0);
        CHECK_EQ(text(HKEY_LOCAL_MACHINE, path, "ProcessorNameString", name, sizeof name), 0);
        CHECK(*name);
        CHECK_EQ(text(HKEY_LOCAL_MACHINE, path, "VendorIdentifier", vendor, sizeof vendor), 0);
        CHECK_EQ(strlen(vendor), 12);
        size = sizeof megahertz;
        CHECK_EQ(RegGetValueA(HKEY_LOCAL_MACHINE, path, "~MHz", RRF_RT_REG_DWORD, NULL, &megahertz, &size),
                 0);
        CHECK(megahertz > 100 && megahertz < 20000);
        if (i == 0)
            strcpy(first, identifier);
        else
            CHECK_STR(identifier, first);
    }
    RegCloseKey(all);
    CHECK(strstr(first, " Family ") && strstr(first, " Model ") && strstr(first, " Stepping "));
    if (harness_is_wine()) /* its environment says another name of the same processor */
        return;
    snprintf(expected, sizeof expected, "%s, %s", first, vendor);
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment",
                  "PROCESSOR_IDENTIFIER", variable, sizeof variable),
             0);
    CHECK_STR(variable, expected);
    GetEnvironmentVariableA("PROCESSOR_IDENTIFIER", variable, sizeof variable);
    CHECK_STR(variable, expected);
}

TEST(names)
{
    char name[MAX_COMPUTERNAME_LENGTH + 1], found[256];
    DWORD size = sizeof name;
    CHECK(GetComputerNameA(name, &size));
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName",
                  "ComputerName", found, sizeof found),
             0);
    CHECK_STR(found, name);
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName",
                  "ComputerName", found, sizeof found),
             0);
    CHECK_STR(found, name);
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters", "Hostname",
                  found, sizeof found),
             0);
    CHECK(*found);
    CHECK_EQ(
        text(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Cryptography", "MachineGuid", found, sizeof found), 0);
    CHECK_EQ(strlen(found), 36);
    CHECK(found[8] == '-' && found[13] == '-' && found[18] == '-' && found[23] == '-');
}

TEST(windows)
{
    char found[256], directory[MAX_PATH];
    GetWindowsDirectoryA(directory, sizeof directory);
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", "SystemRoot", found,
                  sizeof found),
             0);
    CHECK_EQ(lstrcmpiA(found, directory), 0);
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", "CurrentBuildNumber",
                  found, sizeof found),
             0);
    CHECK(atoi(found) >= 7600);
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", "ProductName", found,
                  sizeof found),
             0);
    CHECK(strstr(found, "Windows"));
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\Windows\\CurrentVersion", "ProgramFilesDir",
                  found, sizeof found),
             0);
    CHECK(strstr(found, "Program Files"));
    CHECK_EQ(text(HKEY_LOCAL_MACHINE, "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment",
                  "ComSpec", found, sizeof found),
             0);
    CHECK(strstr(found, "cmd.exe"));
    CHECK_EQ(text(HKEY_CURRENT_USER, "Environment", "TEMP", found, sizeof found), 0);
}
