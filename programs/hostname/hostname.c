/*
 * hostname.exe: the computer's name in the network.
 */
#include <windows.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    char name[256];
    DWORD size = sizeof name;

    if (argc > 1) {
        const int help = argv[1][0] == '/' && argv[1][1] == '?';
        fprintf(help ? stdout : stderr, help ? "Prints the name of the computer.\n"
                                             : "hostname: the name of the computer cannot be set here\n");
        return !help;
    }
    if (!GetComputerNameExA(ComputerNameDnsHostname, name, &size)) {
        fprintf(stderr, "hostname: error %lu\n", GetLastError());
        return 1;
    }
    puts(name);
    return 0;
}
