/*
 * Apartments: who has initialized COM and how. A thread's state is a number in a TLS slot: twice the count of
 * initializations, plus one for the multithreaded apartment. Objects cross apartments only as marshal.c says.
 */
#include "ole32.h"

static DWORD slot = TLS_OUT_OF_INDEXES;

static struct {
    CRITICAL_SECTION lock; /* guards what follows; nothing is called holding it */
    LONG initialized;      /* threads */
    LONG multithreaded;    /* threads and CoIncrementMTAUsage */
    DWORD main_apartment;  /* thread of the first single-threaded apartment; 0: none */
} process;

static ULONG_PTR state(void)
{
    return slot == TLS_OUT_OF_INDEXES ? 0 : (ULONG_PTR)TlsGetValue(slot);
}

DWORD ole_apartment(void)
{
    ULONG_PTR now = state();
    if (now)
        return now & 1 ? APARTMENT_MULTITHREADED : GetCurrentThreadId();
    return process.multithreaded ? APARTMENT_MULTITHREADED : APARTMENT_NONE;
}

BOOL ole_is_main_apartment(DWORD apartment)
{
    return apartment == process.main_apartment;
}

void ole_decline(const char *what, REFGUID id)
{
    WCHAR text[40];
    char line[200];
    DWORD written;
    int length = 0;
    for (const char *p = "run: COM marshalling between apartments is not there: "; *p; p++)
        line[length++] = *p;
    for (; *what; what++)
        line[length++] = *what;
    StringFromGUID2(id, text, 40);
    line[length++] = ' ';
    for (int i = 0; text[i]; i++)
        line[length++] = (char)text[i];
    line[length++] = '\n';
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, (DWORD)length, &written, NULL);
}

static void leave(BOOL multithreaded)
{
    DWORD apartment = multithreaded ? APARTMENT_MULTITHREADED : GetCurrentThreadId();
    EnterCriticalSection(&process.lock);
    BOOL apartment_ends = multithreaded ? --process.multithreaded == 0 : TRUE;
    BOOL last = --process.initialized == 0;
    if (!multithreaded && process.main_apartment == apartment)
        process.main_apartment = 0;
    LeaveCriticalSection(&process.lock);
    if (apartment_ends)
        ole_release_classes(apartment);
    if (last)
        ole_release_servers();
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, void *reserved)
{
    (void)instance;
    if (reason == DLL_PROCESS_ATTACH) {
        InitializeCriticalSection(&process.lock);
        slot = TlsAlloc();
    } else if (reason == DLL_PROCESS_DETACH && !reserved && slot != TLS_OUT_OF_INDEXES) {
        TlsFree(slot);
    }
    return TRUE;
}

HRESULT WINAPI CoInitializeEx(LPVOID reserved, DWORD flags)
{
    ULONG_PTR now = state(), multithreaded = !(flags & COINIT_APARTMENTTHREADED);
    if (reserved ||
        flags & ~(DWORD)(COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE | COINIT_SPEED_OVER_MEMORY))
        return E_INVALIDARG;
    if (now && (now & 1) != multithreaded)
        return RPC_E_CHANGED_MODE;
    if (!TlsSetValue(slot, (void *)(now ? now + 2 : 2 | multithreaded)))
        return E_OUTOFMEMORY;
    if (now)
        return S_FALSE;
    EnterCriticalSection(&process.lock);
    process.initialized++;
    if (multithreaded)
        process.multithreaded++;
    else if (!process.main_apartment)
        process.main_apartment = GetCurrentThreadId();
    LeaveCriticalSection(&process.lock);
    return S_OK;
}

HRESULT WINAPI CoInitialize(LPVOID reserved)
{
    return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
}

void WINAPI CoUninitialize(void)
{
    ULONG_PTR now = state();
    if (now >= 4) {
        TlsSetValue(slot, (void *)(now - 2));
    } else if (now) {
        leave(now & 1); /* objects are released while the apartment still is there */
        TlsSetValue(slot, NULL);
    }
}

HRESULT WINAPI OleInitialize(LPVOID reserved)
{
    return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED);
}

void WINAPI OleUninitialize(void)
{
    CoUninitialize();
}

HRESULT WINAPI CoGetApartmentType(APTTYPE *type, APTTYPEQUALIFIER *qualifier)
{
    DWORD apartment = ole_apartment();
    if (!type || !qualifier)
        return E_INVALIDARG;
    *qualifier = APTTYPEQUALIFIER_NONE;
    if (apartment == APARTMENT_NONE) {
        *type = APTTYPE_CURRENT;
        return CO_E_NOTINITIALIZED;
    }
    if (apartment == APARTMENT_MULTITHREADED) {
        *type = APTTYPE_MTA;
        if (!state())
            *qualifier = APTTYPEQUALIFIER_IMPLICIT_MTA;
    } else {
        *type = ole_is_main_apartment(apartment) ? APTTYPE_MAINSTA : APTTYPE_STA;
    }
    return S_OK;
}

/* Keeps the multithreaded apartment without a thread of its own; the cookie only has to differ from 0. */
HRESULT WINAPI CoIncrementMTAUsage(CO_MTA_USAGE_COOKIE *cookie)
{
    if (!cookie)
        return E_INVALIDARG;
    EnterCriticalSection(&process.lock);
    process.initialized++;
    *(ULONG_PTR *)cookie = (ULONG_PTR)++process.multithreaded;
    LeaveCriticalSection(&process.lock);
    return S_OK;
}

HRESULT WINAPI CoDecrementMTAUsage(CO_MTA_USAGE_COOKIE cookie)
{
    if (!cookie || !process.multithreaded)
        return E_INVALIDARG;
    leave(TRUE);
    return S_OK;
}

DWORD WINAPI CoGetCurrentProcess(void)
{
    return GetCurrentProcessId();
}

DWORD WINAPI CoBuildVersion(void)
{
    return MAKELONG(639 /* rmm */, 23 /* rup */);
}

HRESULT WINAPI CoGetCallerTID(LPDWORD id)
{
    if (!id)
        return E_INVALIDARG;
    *id = 0; /* no call from elsewhere is being served */
    return RPC_E_CALL_COMPLETE;
}

/* There is no remote caller to check: the settings are accepted once, as documented. */
HRESULT WINAPI CoInitializeSecurity(PSECURITY_DESCRIPTOR descriptor, LONG count,
                                    SOLE_AUTHENTICATION_SERVICE *list, void *reserved, DWORD level,
                                    DWORD impersonation, void *authentication, DWORD capabilities,
                                    void *reserved3)
{
    static LONG done;
    (void)descriptor, (void)count, (void)list, (void)level, (void)impersonation, (void)authentication;
    (void)capabilities;
    if (reserved || reserved3)
        return E_INVALIDARG;
    if (ole_apartment() == APARTMENT_NONE)
        return CO_E_NOTINITIALIZED;
    return InterlockedExchange(&done, 1) ? RPC_E_TOO_LATE : S_OK;
}

HRESULT WINAPI CoFileTimeNow(FILETIME *time)
{
    GetSystemTimeAsFileTime(time);
    return S_OK;
}

BOOL WINAPI CoFileTimeToDosDateTime(FILETIME *time, LPWORD date, LPWORD dos_time)
{
    return FileTimeToDosDateTime(time, date, dos_time);
}

BOOL WINAPI CoDosDateTimeToFileTime(WORD date, WORD dos_time, FILETIME *time)
{
    return DosDateTimeToFileTime(date, dos_time, time);
}
