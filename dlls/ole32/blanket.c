/*
 * Security blankets: the proxy's own business, which it says with IClientSecurity. Objects that are no
 * proxies have none: E_NOINTERFACE.
 */
#ifndef COBJMACROS
#define COBJMACROS
#endif
#include <windows.h>
#include <ole2.h>

static const IID client_security = {0x13d, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}}; /* IClientSecurity */

static HRESULT security_of(IUnknown *proxy, IClientSecurity **ret)
{
    return proxy ? IUnknown_QueryInterface(proxy, &client_security, (void **)ret) : E_INVALIDARG;
}

HRESULT WINAPI CoSetProxyBlanket(IUnknown *proxy, DWORD authentication, DWORD authorization,
                                 OLECHAR *principal, DWORD level, DWORD impersonation,
                                 RPC_AUTH_IDENTITY_HANDLE identity, DWORD capabilities)
{
    IClientSecurity *security;
    HRESULT result = security_of(proxy, &security);
    if (FAILED(result))
        return result;
    result = IClientSecurity_SetBlanket(security, proxy, authentication, authorization, principal, level,
                                        impersonation, identity, capabilities);
    IClientSecurity_Release(security);
    return result;
}

HRESULT WINAPI CoQueryProxyBlanket(IUnknown *proxy, DWORD *authentication, DWORD *authorization,
                                   LPOLESTR *principal, DWORD *level, DWORD *impersonation,
                                   RPC_AUTH_IDENTITY_HANDLE *identity, DWORD *capabilities)
{
    IClientSecurity *security;
    HRESULT result = security_of(proxy, &security);
    if (FAILED(result))
        return result;
    result = IClientSecurity_QueryBlanket(security, proxy, authentication, authorization, principal, level,
                                          impersonation, identity, capabilities);
    IClientSecurity_Release(security);
    return result;
}

HRESULT WINAPI CoCopyProxy(IUnknown *proxy, IUnknown **ret_copy)
{
    IClientSecurity *security;
    HRESULT result = security_of(proxy, &security);
    if (FAILED(result))
        return result;
    result = IClientSecurity_CopyProxy(security, proxy, ret_copy);
    IClientSecurity_Release(security);
    return result;
}
