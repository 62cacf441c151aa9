/*
 * Winsock 1.1 numbers the multicast options otherwise; all else is forwarded to ws2_32.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

/* Winsock 1.1's IP_MULTICAST_IF (2) ... IP_DONTFRAGMENT (9). */
static int translate(int level, int name)
{
    static const int names[] = {
        IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP,
        IP_TTL,          IP_TOS,           IP_DONTFRAGMENT};
    if (level == IPPROTO_IP && name >= 2 && name < 2 + (int)ARRAYSIZE(names))
        return names[name - 2];
    return name;
}

int WINAPI wsock32_getsockopt(SOCKET socket, int level, int name, char *value, int *length);
int WINAPI wsock32_getsockopt(SOCKET socket, int level, int name, char *value, int *length)
{
    return getsockopt(socket, level, translate(level, name), value, length);
}

int WINAPI wsock32_setsockopt(SOCKET socket, int level, int name, const char *value, int length);
int WINAPI wsock32_setsockopt(SOCKET socket, int level, int name, const char *value, int length)
{
    return setsockopt(socket, level, translate(level, name), value, length);
}
