/*
 * Start-up, last error and byte order of Windows Sockets. Sockets themselves are missing still; a
 * program that only initialises the library runs.
 */
#include <winsock2.h>
#include <windows.h>

static volatile LONG started;

int WINAPI WSAStartup(WORD wanted, LPWSADATA data)
{
    BYTE major = LOBYTE(wanted), minor = HIBYTE(wanted);
    if (!data)
        return WSAEFAULT;
    if (!major)
        return WSAVERNOTSUPPORTED;
    /* the highest version that both sides know: 2.2 */
    if (major > 2 || (major == 2 && minor > 2))
        major = 2, minor = 2;
    else if (major == 1)
        minor = minor ? 1 : 0;
    ZeroMemory(data, sizeof *data);
    data->wVersion = MAKEWORD(major, minor);
    data->wHighVersion = MAKEWORD(2, 2);
    lstrcpyA(data->szDescription, "WinSock 2.0");
    lstrcpyA(data->szSystemStatus, "Running");
    if (major == 1) {
        data->iMaxSockets = 32767;
        data->iMaxUdpDg = 65467;
    }
    InterlockedIncrement(&started);
    return 0;
}

int WINAPI WSACleanup(void)
{
    if (InterlockedDecrement(&started) < 0) {
        InterlockedIncrement(&started);
        WSASetLastError(WSANOTINITIALISED);
        return SOCKET_ERROR;
    }
    return 0;
}

int WINAPI WSAGetLastError(void)
{
    return (int)GetLastError();
}

void WINAPI WSASetLastError(int error)
{
    SetLastError((DWORD)error);
}

u_long WINAPI htonl(u_long number)
{
    return __builtin_bswap32(number);
}

u_long WINAPI ntohl(u_long number)
{
    return __builtin_bswap32(number);
}

u_short WINAPI htons(u_short number)
{
    return __builtin_bswap16(number);
}

u_short WINAPI ntohs(u_short number)
{
    return __builtin_bswap16(number);
}

u_long WINAPI inet_addr(const char *text)
{
    u_long parts[4], value;
    int count = 0;
    if (!text)
        return INADDR_NONE;
    for (;;) {
        u_long number = 0, base = 10;
        int digits = 0;
        if (*text == '0') {
            base = 8;
            text++, digits++;
            if ((*text | 32) == 'x') {
                base = 16;
                text++, digits = 0;
            }
        }
        for (;; text++, digits++) {
            u_long digit = *text >= '0' && *text <= '9'                 ? (u_long)(*text - '0')
                           : (*text | 32) >= 'a' && (*text | 32) <= 'f' ? (u_long)((*text | 32) - 'a' + 10)
                                                                        : 99;
            if (digit >= base)
                break;
            number = number * base + digit;
        }
        if (!digits || count == 4)
            return INADDR_NONE;
        parts[count++] = number;
        if (*text != '.')
            break;
        text++;
    }
    if (*text && *text != ' ')
        return INADDR_NONE;
    value = parts[count - 1];
    for (int i = 0; i < count - 1; i++) {
        if (parts[i] > 255)
            return INADDR_NONE;
        value |= parts[i] << (24 - 8 * i);
    }
    if (count > 1 && parts[count - 1] >> (32 - 8 * (count - 1)))
        return INADDR_NONE;
    return htonl(value);
}
