/*
 * CryptoAPI contexts: providers, key containers (kept in the user's registry), random bytes.
 */
#include "crypt.h"

#define CONTAINERS L"Software\\Gastwirt\\KeyContainers\\"

static const struct {
    DWORD type;
    const WCHAR *name;
    const WCHAR *type_name;
} providers[] = {
    {PROV_RSA_FULL, MS_ENHANCED_PROV_W, L"RSA Full (Signature and Key Exchange)"},
    {PROV_RSA_FULL, MS_STRONG_PROV_W, L"RSA Full (Signature and Key Exchange)"},
    {PROV_RSA_FULL, MS_DEF_PROV_W, L"RSA Full (Signature and Key Exchange)"},
    {PROV_RSA_SCHANNEL, MS_DEF_RSA_SCHANNEL_PROV_W, L"RSA SChannel"},
    {PROV_RSA_AES, MS_ENH_RSA_AES_PROV_W, L"RSA Full and AES"},
};
enum { PROVIDERS = sizeof providers / sizeof providers[0] };

const struct crypt_functions *crypt_functions(void)
{
    static struct crypt_functions functions;
    static LONG ready;
    static const char *const names[] = {
        "BCryptOpenAlgorithmProvider",
        "BCryptCloseAlgorithmProvider",
        "BCryptSetProperty",
        "BCryptCreateHash",
        "BCryptHashData",
        "BCryptFinishHash",
        "BCryptDuplicateHash",
        "BCryptDestroyHash",
        "BCryptGenerateSymmetricKey",
        "BCryptEncrypt",
        "BCryptDecrypt",
        "BCryptDuplicateKey",
        "BCryptDestroyKey",
        "BCryptGenerateKeyPair",
        "BCryptFinalizeKeyPair",
        "BCryptImportKeyPair",
        "BCryptExportKey",
        "BCryptSignHash",
        "BCryptVerifySignature",
    };

    if (__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
        return &functions;
    HMODULE bcrypt = LoadLibraryW(L"bcrypt.dll");
    if (!bcrypt)
        return NULL;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        ((FARPROC *)&functions)[i] = GetProcAddress(bcrypt, names[i]);
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    return &functions;
}

struct context *context_of(HCRYPTPROV handle)
{
    struct context *context = (struct context *)handle;
    return context && context->magic == CONTEXT_MAGIC ? context : NULL;
}

/* ---------------------------------------------------------------- containers */

static void container_key(const WCHAR *container, WCHAR *path)
{
    SIZE_T head = wcslen(CONTAINERS), i;

    memcpy(path, CONTAINERS, head * sizeof(WCHAR));
    for (i = 0; container[i]; i++)
        path[head + i] = container[i] == '\\' ? '/' : container[i];
    path[head + i] = 0;
}

static const WCHAR *const pair_names[] = {NULL, L"Exchange", L"Signature"};

BOOL load_container(struct context *context)
{
    WCHAR path[320];
    HKEY key;

    container_key(context->container, path);
    if (RegOpenKeyExW(HKEY_CURRENT_USER, path, 0, KEY_READ, &key))
        return fail_crypt(NTE_BAD_KEYSET);
    for (DWORD spec = AT_KEYEXCHANGE; spec <= AT_SIGNATURE; spec++) {
        DWORD size = 0;
        if (RegQueryValueExW(key, pair_names[spec], NULL, NULL, NULL, &size) || !size)
            continue;
        BYTE *blob = allocate(size);
        if (blob && !RegQueryValueExW(key, pair_names[spec], NULL, NULL, blob, &size) &&
            import_rsa(blob, size, &context->pair[spec])) {
            context->pair[spec]->spec = spec;
            context->pair[spec]->algorithm = spec == AT_SIGNATURE ? CALG_RSA_SIGN : CALG_RSA_KEYX;
        }
        release(blob);
    }
    RegCloseKey(key);
    return TRUE;
}

BOOL store_container_key(struct context *context, DWORD spec)
{
    WCHAR path[320];
    HKEY key;
    DWORD size = 0;

    if (!context->container[0])
        return TRUE;
    if (!export_rsa(context->pair[spec], PRIVATEKEYBLOB, NULL, &size))
        return FALSE;
    BYTE *blob = allocate(size);
    container_key(context->container, path);
    LSTATUS error = blob ? RegCreateKeyExW(HKEY_CURRENT_USER, path, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL)
                         : ERROR_NOT_ENOUGH_MEMORY;
    if (!error) {
        if (export_rsa(context->pair[spec], PRIVATEKEYBLOB, blob, &size))
            error = RegSetValueExW(key, pair_names[spec], 0, REG_BINARY, blob, size);
        RegCloseKey(key);
    }
    release(blob);
    return error ? fail((DWORD)error) : TRUE;
}

static BOOL open_container(struct context *context, DWORD flags)
{
    WCHAR path[320];
    HKEY key;
    DWORD disposition;

    container_key(context->container, path);
    if (flags & CRYPT_DELETEKEYSET)
        return RegDeleteTreeW(HKEY_CURRENT_USER, path) ? fail_crypt(NTE_BAD_KEYSET) : TRUE;
    if (!(flags & CRYPT_NEWKEYSET))
        return load_container(context);
    LSTATUS error = RegCreateKeyExW(HKEY_CURRENT_USER, path, 0, NULL, 0, KEY_WRITE, NULL, &key, &disposition);
    if (error)
        return fail((DWORD)error);
    RegCloseKey(key);
    return disposition == REG_CREATED_NEW_KEY ? TRUE : fail_crypt(NTE_EXISTS);
}

/* ---------------------------------------------------------------- acquiring */

BOOL WINAPI CryptAcquireContextW(HCRYPTPROV *ret_handle, LPCWSTR container, LPCWSTR name, DWORD type,
                                 DWORD flags)
{
    DWORD size = 257;
    unsigned i;

    if (!ret_handle)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags & ~(DWORD)(CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET | CRYPT_MACHINE_KEYSET | CRYPT_DELETEKEYSET |
                         CRYPT_SILENT | CRYPT_DEFAULT_CONTAINER_OPTIONAL))
        return fail_crypt(NTE_BAD_FLAGS);
    if (!type || type > 999)
        return fail_crypt(NTE_BAD_PROV_TYPE);
    if (name && !*name)
        return fail(ERROR_INVALID_PARAMETER);
    for (i = 0; i < PROVIDERS; i++)
        if (name ? !_wcsicmp(name, providers[i].name)
                 : providers[i].type == type || ((type == PROV_RNG || type == PROV_INTEL_SEC) && !i))
            break;
    if (i == PROVIDERS)
        return fail_crypt(name ? NTE_KEYSET_NOT_DEF : NTE_PROV_TYPE_NOT_DEF);
    if (name && providers[i].type != type)
        return fail_crypt(NTE_PROV_TYPE_NO_MATCH);
    if (flags & CRYPT_VERIFYCONTEXT && container && *container)
        return fail_crypt(NTE_BAD_FLAGS);
    struct context *context = allocate(sizeof *context);
    if (!context)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    context->magic = CONTEXT_MAGIC;
    context->references = 1;
    context->type = type;
    context->flags = flags;
    context->provider = providers[i].name;
    if (!(flags & CRYPT_VERIFYCONTEXT)) {
        if (container && wcslen(container) > 260) {
            release(context);
            return fail_crypt(NTE_BAD_KEYSET_PARAM);
        }
        if (container && *container)
            memcpy(context->container, container, (wcslen(container) + 1) * sizeof(WCHAR));
        else
            GetUserNameW(context->container, &size);
        if (!open_container(context, flags)) {
            DWORD error = GetLastError();
            release(context);
            return fail(error);
        }
        if (flags & CRYPT_DELETEKEYSET) {
            release(context);
            *ret_handle = 0;
            return TRUE;
        }
    }
    *ret_handle = (HCRYPTPROV)context;
    return TRUE;
}

BOOL WINAPI CryptAcquireContextA(HCRYPTPROV *handle, LPCSTR container, LPCSTR name, DWORD type, DWORD flags)
{
    WCHAR *wide_container = widen(container), *wide_name = widen(name);
    BOOL done = CryptAcquireContextW(handle, wide_container, wide_name, type, flags);
    DWORD error = GetLastError();

    release(wide_container);
    release(wide_name);
    if (!done)
        SetLastError(error);
    return done;
}

BOOL WINAPI CryptContextAddRef(HCRYPTPROV handle, DWORD *reserved, DWORD flags)
{
    struct context *context = context_of(handle);

    if (!context || reserved || flags)
        return fail(ERROR_INVALID_PARAMETER);
    InterlockedIncrement(&context->references);
    return TRUE;
}

BOOL WINAPI CryptReleaseContext(HCRYPTPROV handle, DWORD flags)
{
    struct context *context = context_of(handle);

    if (!context)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    if (!InterlockedDecrement(&context->references)) {
        for (int i = AT_KEYEXCHANGE; i <= AT_SIGNATURE; i++)
            release_key(context->pair[i]);
        context->magic = 0;
        release(context);
    }
    return TRUE;
}

BOOL WINAPI CryptGenRandom(HCRYPTPROV handle, DWORD size, BYTE *buffer)
{
    if (!context_of(handle))
        return fail(ERROR_INVALID_PARAMETER);
    return check_status(GwRandom(buffer, size));
}

/* ---------------------------------------------------------------- parameters and lists */

static BOOL give_ansi(const WCHAR *text, BYTE *data, DWORD *room)
{
    char ansi[520];
    int size = WideCharToMultiByte(CP_ACP, 0, text, -1, ansi, sizeof ansi, NULL, NULL);

    return give_parameter(ansi, (DWORD)size, data, room);
}

static BOOL enumerate_algorithms(struct context *context, BOOL extended, BYTE *data, DWORD *room, DWORD flags)
{
    if (flags & CRYPT_FIRST)
        context->enumeration = 0;
    if (context->enumeration >= crypt_algorithm_count)
        return fail(ERROR_NO_MORE_ITEMS);
    const struct crypt_algorithm *a = &crypt_algorithms[context->enumeration];
    BOOL done;
    if (extended) {
        PROV_ENUMALGS_EX entry = {a->id, a->bits, a->min_bits, a->max_bits, 0, 0, "", 0, ""};
        entry.dwNameLen = (DWORD)strlen(a->short_name) + 1;
        memcpy(entry.szName, a->short_name, entry.dwNameLen);
        entry.dwLongNameLen = (DWORD)strlen(a->long_name) + 1;
        memcpy(entry.szLongName, a->long_name, entry.dwLongNameLen);
        done = give_parameter(&entry, sizeof entry, data, room);
    } else {
        PROV_ENUMALGS entry = {a->id, a->bits, (DWORD)strlen(a->short_name) + 1, ""};
        memcpy(entry.szName, a->short_name, entry.dwNameLen);
        done = give_parameter(&entry, sizeof entry, data, room);
    }
    if (done && data)
        context->enumeration++;
    return done;
}

BOOL WINAPI CryptGetProvParam(HCRYPTPROV handle, DWORD parameter, BYTE *data, DWORD *room, DWORD flags)
{
    struct context *context = context_of(handle);
    DWORD number;

    if (!context || !room)
        return fail(ERROR_INVALID_PARAMETER);
    switch (parameter) {
    case PP_NAME: return give_ansi(context->provider, data, room);
    case PP_CONTAINER:
    case PP_UNIQUE_CONTAINER: return give_ansi(context->container, data, room);
    case PP_PROVTYPE: number = context->type; break;
    case PP_VERSION: number = 0x200; break;
    case PP_IMPTYPE: number = CRYPT_IMPL_SOFTWARE; break;
    case PP_KEYSPEC: number = AT_SIGNATURE | AT_KEYEXCHANGE; break;
    case PP_KEYSET_TYPE: number = context->flags & CRYPT_MACHINE_KEYSET; break;
    case PP_SIG_KEYSIZE_INC:
    case PP_KEYX_KEYSIZE_INC: number = 8; break;
    case PP_ENUMALGS:
    case PP_ENUMALGS_EX: return enumerate_algorithms(context, parameter == PP_ENUMALGS_EX, data, room, flags);
    default: return fail_crypt(NTE_BAD_TYPE);
    }
    return give_parameter(&number, sizeof number, data, room);
}

BOOL WINAPI CryptSetProvParam(HCRYPTPROV handle, DWORD parameter, const BYTE *data, DWORD flags)
{
    (void)data, (void)flags;
    if (!context_of(handle))
        return fail(ERROR_INVALID_PARAMETER);
    if (parameter == PP_CLIENT_HWND) /* nothing here asks the user */
        return TRUE;
    return fail_crypt(NTE_BAD_TYPE);
}

static BOOL give_text(const WCHAR *text, BOOL ansi, void *buffer, DWORD *size)
{
    DWORD needed = ansi ? (DWORD)WideCharToMultiByte(CP_ACP, 0, text, -1, NULL, 0, NULL, NULL)
                        : (DWORD)((wcslen(text) + 1) * sizeof(WCHAR)),
          had = *size;

    *size = needed;
    if (!buffer)
        return TRUE;
    if (had < needed)
        return fail(ERROR_MORE_DATA);
    if (ansi)
        WideCharToMultiByte(CP_ACP, 0, text, -1, buffer, (int)needed, NULL, NULL);
    else
        memcpy(buffer, text, needed);
    return TRUE;
}

static BOOL enum_providers(DWORD index, DWORD *reserved, DWORD flags, DWORD *type, void *name, DWORD *size,
                           BOOL ansi)
{
    if (reserved || !type || !size)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    if (index >= PROVIDERS)
        return fail(ERROR_NO_MORE_ITEMS);
    *type = providers[index].type;
    return give_text(providers[index].name, ansi, name, size);
}

BOOL WINAPI CryptEnumProvidersW(DWORD index, DWORD *reserved, DWORD flags, DWORD *type, LPWSTR name,
                                DWORD *size)
{
    return enum_providers(index, reserved, flags, type, name, size, FALSE);
}

BOOL WINAPI CryptEnumProvidersA(DWORD index, DWORD *reserved, DWORD flags, DWORD *type, LPSTR name,
                                DWORD *size)
{
    return enum_providers(index, reserved, flags, type, name, size, TRUE);
}

static BOOL enum_types(DWORD index, DWORD *reserved, DWORD flags, DWORD *type, void *name, DWORD *size,
                       BOOL ansi)
{
    static const BYTE firsts[] = {0, 3, 4}; /* one provider of each type */

    if (reserved || !type || !size)
        return fail(ERROR_INVALID_PARAMETER);
    if (flags)
        return fail_crypt(NTE_BAD_FLAGS);
    if (index >= sizeof firsts)
        return fail(ERROR_NO_MORE_ITEMS);
    *type = providers[firsts[index]].type;
    return give_text(providers[firsts[index]].type_name, ansi, name, size);
}

BOOL WINAPI CryptEnumProviderTypesW(DWORD index, DWORD *reserved, DWORD flags, DWORD *type, LPWSTR name,
                                    DWORD *size)
{
    return enum_types(index, reserved, flags, type, name, size, FALSE);
}

BOOL WINAPI CryptEnumProviderTypesA(DWORD index, DWORD *reserved, DWORD flags, DWORD *type, LPSTR name,
                                    DWORD *size)
{
    return enum_types(index, reserved, flags, type, name, size, TRUE);
}

static BOOL default_provider(DWORD type, DWORD *reserved, DWORD flags, void *name, DWORD *size, BOOL ansi)
{
    if (reserved || !size)
        return fail(ERROR_INVALID_PARAMETER);
    if (!(flags & (CRYPT_USER_DEFAULT | CRYPT_MACHINE_DEFAULT)) || flags & ~3u)
        return fail_crypt(NTE_BAD_FLAGS);
    if (!type || type > 999)
        return fail_crypt(NTE_BAD_PROV_TYPE);
    for (unsigned i = 0; i < PROVIDERS; i++)
        if (providers[i].type == type)
            return give_text(providers[i].name, ansi, name, size);
    return fail_crypt(NTE_PROV_TYPE_NOT_DEF);
}

BOOL WINAPI CryptGetDefaultProviderW(DWORD type, DWORD *reserved, DWORD flags, LPWSTR name, DWORD *size)
{
    return default_provider(type, reserved, flags, name, size, FALSE);
}

BOOL WINAPI CryptGetDefaultProviderA(DWORD type, DWORD *reserved, DWORD flags, LPSTR name, DWORD *size)
{
    return default_provider(type, reserved, flags, name, size, TRUE);
}
