/*
 * What manifests declare, from their elements to entries of the sections: files, window classes, COM
 * classes, interfaces and type libraries, settings, compatibility.
 */
#include "build.h"

/* ------------------------------------------------------------------ attributes */

/* A GUID attribute; FALSE if it is not there. */
static BOOLEAN guid_attribute(struct flattener *f, const struct xml_element *element, const WCHAR *name,
                              GUID *ret_guid)
{
    struct xml_text text = xml_attribute(element, name);
    UNICODE_STRING string = {(USHORT)(text.length * sizeof(WCHAR)), (USHORT)(text.length * sizeof(WCHAR)),
                             (WCHAR *)text.text};

    memset(ret_guid, 0, sizeof *ret_guid);
    if (!text.text)
        return FALSE;
    if (text.length != 38 || !NT_SUCCESS(RtlGUIDFromString(&string, ret_guid))) {
        sxs_error(f, L"this is no GUID: ", text);
        return FALSE;
    }
    return TRUE;
}

static ULONG number_attribute(const struct xml_element *element, const WCHAR *name)
{
    struct xml_text text = xml_attribute(element, name);
    ULONG value = 0;
    for (ULONG i = 0; i < text.length && text.text[i] >= '0' && text.text[i] <= '9'; i++)
        value = value * 10 + (text.text[i] - '0');
    return value;
}

static ULONG threading_model(struct flattener *f, const struct xml_element *element)
{
    static const WCHAR *const names[] = {L"Apartment", L"Free", L"Single", L"Both", L"Neutral"};
    struct xml_text text = xml_attribute(element, L"threadingModel");

    if (!text.text)
        return SXS_THREADING_SINGLE;
    for (ULONG i = 0; i < 5; i++)
        if (text.length == ldr_wcslen(names[i]) && ldr_equal(text.text, names[i], text.length))
            return i + 1;
    sxs_error(f, L"this is no threading model: ", text);
    return 0;
}

/* "name,name,..." of a table, as flags. */
static ULONG flag_list(struct xml_text text, const WCHAR *const *names, ULONG count)
{
    ULONG flags = 0, at = 0;
    while (at < text.length) {
        ULONG end = at;
        while (end < text.length && text.text[end] != ',')
            end++;
        struct xml_text word = xml_trim((struct xml_text){text.text + at, end - at});
        for (ULONG i = 0; i < count; i++)
            if (word.length == ldr_wcslen(names[i]) && ldr_equal(word.text, names[i], word.length))
                flags |= 1u << i;
        at = end + 1;
    }
    return flags;
}

/* ------------------------------------------------------------------ declarations */

static void add_window_class(struct flattener *f, const struct sxs_assembly *assembly, struct xml_text file,
                             const struct xml_element *element)
{
    typedef ACTIVATION_CONTEXT_DATA_WINDOW_CLASS_REDIRECTION data;
    struct section *section = &f->classes;
    struct xml_text name = xml_trim(element->text), versioned = xml_attribute(element, L"versioned");
    WCHAR buffer[300];
    ULONG at = 0;

    if (!name.length || name.length > 256) {
        sxs_error(f, L"a windowClass without a usable name in ", file);
        return;
    }
    if (sxs_has_string(section, name))
        return;
    if (!versioned.text || !xml_equal(versioned, L"no")) {
        for (ULONG i = 0; i < 4; i++) {
            UNICODE_STRING number = {0, 12, buffer + at};
            RtlIntegerToUnicodeString(assembly->identity.version[i], 10, &number);
            at += number.Length / sizeof(WCHAR);
            buffer[at++] = i < 3 ? '.' : '!';
        }
    }
    memcpy(buffer + at, name.text, name.length * sizeof(WCHAR));
    struct xml_text full = {buffer, at + name.length};
    ULONG offset = sxs_reserve(&section->data, sizeof(data));
    if (section->data.failed)
        return;
    FIELD(section, offset, data, Size) = sizeof(data);
    SET_TEXT(section, offset, data, VersionSpecificClassName, full, offset);
    SET_TEXT(section, offset, data, DllName, file, 0);
    sxs_add_string(f, section, name, offset);
}

static void add_program_id(struct flattener *f, struct xml_text name, const GUID *clsid)
{
    struct section *section = &f->programs;
    ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION data = {.Size = sizeof data};

    name = xml_trim(name);
    if (!name.length || sxs_has_string(section, name))
        return;
    data.ConfiguredClsidOffset = sxs_put(&section->data, clsid, sizeof *clsid);
    ULONG offset = sxs_put(&section->data, &data, sizeof data);
    sxs_add_string(f, section, name, offset);
}

/* comClass (file: its DLL) and clrClass (file empty: mscoree.dll, with the managed class behind it). */
void sxs_add_server(struct flattener *f, struct xml_text file, const struct xml_element *element)
{
    typedef ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION data;
    typedef ACTIVATION_CONTEXT_DATA_COM_SERVER_REDIRECTION_SHIM shim;
    static const WCHAR *const status_names[] = {L"recomposeonresize",
                                                L"onlyiconic",
                                                L"insertnotreplace",
                                                L"static",
                                                L"cantlinkinside",
                                                L"canlinkbyole1",
                                                L"islinkobject",
                                                L"insideout",
                                                L"activatewhenvisible",
                                                L"renderingisdeviceindependent",
                                                L"invisibleatruntime",
                                                L"alwaysrun",
                                                L"actslikebutton",
                                                L"actslikelabel",
                                                L"nouiactivate",
                                                L"alignable",
                                                L"simpleframe",
                                                L"setclientsitefirst",
                                                L"imemode",
                                                L"ignoreactivatewhenvisible",
                                                L"wantstomenumerge",
                                                L"supportsmultilevelundo"};
    static const struct {
        const WCHAR *name;
        ULONG flag, offset;
    } statuses[] = {{L"miscStatus", 0x100, offsetof(data, MiscStatusDefault)},
                    {L"miscStatusIcon", 0x200, offsetof(data, MiscStatusIcon)},
                    {L"miscStatusContent", 0x400, offsetof(data, MiscStatusContent)},
                    {L"miscStatusThumbnail", 0x800, offsetof(data, MiscStatusThumbnail)},
                    {L"miscStatusDocPrint", 0x1000, offsetof(data, MiscStatusDocPrint)}};
    struct section *section = &f->servers;
    struct xml_text program = xml_attribute(element, L"progid");
    GUID clsid, library;

    if (!guid_attribute(f, element, L"clsid", &clsid)) {
        sxs_error(f, L"a class has no clsid in ", file);
        return;
    }
    if (sxs_has_guid(section, &clsid))
        return;
    guid_attribute(f, element, L"tlbid", &library);
    ULONG model = threading_model(f, element);
    ULONG offset = sxs_reserve(&section->data, sizeof(data));
    if (section->data.failed)
        return;
    data *server = (void *)(section->data.bytes + offset);
    server->Size = sizeof(data);
    server->ThreadingModel = model;
    server->ReferenceClsid = server->ConfiguredClsid = server->ImplementedClsid = clsid;
    server->TypeLibraryId = library;
    for (ULONG i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct xml_text text = xml_attribute(element, statuses[i].name);
        if (!text.text)
            continue;
        server->Flags |= statuses[i].flag;
        *(ULONG *)(void *)((UCHAR *)server + statuses[i].offset) = flag_list(
            text, status_names, sizeof status_names / sizeof status_names[0]);
    }
    SET_TEXT(section, offset, data, Module, file.length ? file : sxs_literal(L"mscoree.dll"), 0);
    SET_TEXT(section, offset, data, ProgId, program, offset);
    if (!file.length) {
        ULONG at = sxs_reserve(&section->data, sizeof(shim));
        if (section->data.failed)
            return;
        FIELD(section, at, shim, Size) = sizeof(shim);
        FIELD(section, at, shim, Type) = 2;
        SET_TEXT(section, at, shim, Module, sxs_literal(L"mscoree.dll"), 0);
        SET_TEXT(section, at, shim, Type, xml_attribute(element, L"name"), at);
        SET_TEXT(section, at, shim, ShimVersion, xml_attribute(element, L"runtimeVersion"), at);
        if (section->data.failed)
            return;
        FIELD(section, offset, data, ShimDataOffset) = at - offset;
        FIELD(section, offset, data, ShimDataLength) = section->data.size - at;
    }
    sxs_add_guid(f, section, &clsid, offset);
    add_program_id(f, program, &clsid);
    for (const struct xml_element *child = element->children; child; child = child->next)
        if (xml_is(child, SXS_V1, L"progid"))
            add_program_id(f, child->text, &clsid);
}

void sxs_add_interface(struct flattener *f, const struct xml_element *element, BOOLEAN external)
{
    typedef ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION data;
    struct section *section = &f->interfaces;
    GUID iid, proxy, library, base;

    if (!guid_attribute(f, element, L"iid", &iid)) {
        sxs_error(f, L"an interface has no iid", (struct xml_text){NULL, 0});
        return;
    }
    if (sxs_has_guid(section, &iid))
        return;
    if (!guid_attribute(f, element, L"proxyStubClsid32", &proxy) && !external)
        proxy = iid; /* the DLL that declares it serves it under the interface's own id */
    guid_attribute(f, element, L"tlbid", &library);
    BOOLEAN has_base = guid_attribute(f, element, L"baseInterface", &base);
    ULONG offset = sxs_reserve(&section->data, sizeof(data));
    if (section->data.failed)
        return;
    data *interface = (void *)(section->data.bytes + offset);
    interface->Size = sizeof(data);
    interface->ProxyStubClsid32 = proxy;
    interface->TypeLibraryId = library;
    interface->BaseInterface = base;
    if (has_base)
        interface->Flags |= 2;
    if (xml_attribute(element, L"numMethods").text) {
        interface->Flags |= 1;
        interface->NumMethods = number_attribute(element, L"numMethods");
    }
    SET_TEXT(section, offset, data, Name, xml_attribute(element, L"name"), offset);
    sxs_add_guid(f, section, &iid, offset);
}

static void add_type_library(struct flattener *f, struct xml_text file, const struct xml_element *element)
{
    typedef ACTIVATION_CONTEXT_DATA_COM_TYPE_LIBRARY_REDIRECTION data;
    static const WCHAR *const flags[] = {L"restricted", L"control", L"hidden", L"hasdiskimage"};
    struct section *section = &f->libraries;
    USHORT version[2];
    GUID id;

    if (!guid_attribute(f, element, L"tlbid", &id) ||
        !sxs_parse_version(xml_attribute(element, L"version"), version, 2)) {
        sxs_error(f, L"a typelib has no tlbid or version in ", file);
        return;
    }
    if (sxs_has_guid(section, &id))
        return;
    ULONG offset = sxs_reserve(&section->data, sizeof(data));
    if (section->data.failed)
        return;
    data *library = (void *)(section->data.bytes + offset);
    library->Size = sizeof(data);
    library->ResourceId = (USHORT)number_attribute(element, L"resourceid");
    library->LibraryFlags = (USHORT)flag_list(xml_attribute(element, L"flags"), flags, 4);
    library->MajorVersion = version[0];
    library->MinorVersion = version[1];
    SET_TEXT(section, offset, data, Name, file, 0);
    SET_TEXT(section, offset, data, HelpDir, xml_attribute(element, L"helpdir"), offset);
    sxs_add_guid(f, section, &id, offset);
}

void sxs_add_surrogate(struct flattener *f, const struct xml_element *element)
{
    typedef ACTIVATION_CONTEXT_DATA_CLR_SURROGATE data;
    struct section *section = &f->surrogates;
    GUID clsid;

    if (!guid_attribute(f, element, L"clsid", &clsid)) {
        sxs_error(f, L"a clrSurrogate has no clsid", (struct xml_text){NULL, 0});
        return;
    }
    if (sxs_has_guid(section, &clsid))
        return;
    ULONG offset = sxs_reserve(&section->data, sizeof(data));
    if (section->data.failed)
        return;
    FIELD(section, offset, data, Size) = sizeof(data);
    FIELD(section, offset, data, SurrogateIdent) = clsid;
    SET_TEXT(section, offset, data, Version, xml_attribute(element, L"runtimeVersion"), offset);
    SET_TEXT(section, offset, data, TypeName, xml_attribute(element, L"name"), offset);
    sxs_add_guid(f, section, &clsid, offset);
}

void sxs_add_file(struct flattener *f, const struct sxs_assembly *assembly, const struct xml_element *element)
{
    typedef ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT segment;
    ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION data = {.Size = sizeof data, .PathSegmentCount = 1};
    struct section *section = &f->dlls;
    struct xml_text name = xml_attribute(element, L"name"), from = xml_attribute(element, L"loadFrom");
    struct xml_text path = {assembly->manifest, assembly->directory_length};

    if (!name.length) {
        sxs_error(f, L"a file has no name in ", sxs_literal(assembly->manifest));
        return;
    }
    if (!sxs_has_string(section, name)) {
        data.Flags = ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_OMITS_ASSEMBLY_ROOT;
        if (from.length) {
            path = from;
            data.Flags |= ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_EXPAND;
            if (from.text[from.length - 1] != '\\')
                data.Flags |= ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_INCLUDES_BASE_NAME;
        }
        data.TotalPathLength = path.length * sizeof(WCHAR);
        segment at = {path.length * sizeof(WCHAR), sxs_put_text(&section->data, path)};
        data.PathSegmentOffset = sxs_put(&section->data, &at, sizeof at);
        ULONG offset = sxs_put(&section->data, &data, sizeof data);
        sxs_add_string(f, section, name, offset);
    }
    for (const struct xml_element *child = element->children; child; child = child->next) {
        if (xml_is(child, SXS_V1, L"windowClass"))
            add_window_class(f, assembly, name, child);
        else if (xml_is(child, SXS_V1, L"comClass"))
            sxs_add_server(f, name, child);
        else if (xml_is(child, SXS_V1, L"comInterfaceProxyStub"))
            sxs_add_interface(f, child, FALSE);
        else if (xml_is(child, SXS_V1, L"typelib"))
            add_type_library(f, name, child);
    }
}

void sxs_add_settings(struct flattener *f, const struct xml_element *application)
{
    typedef ACTIVATION_CONTEXT_DATA_APPLICATION_SETTINGS data;
    struct section *section = &f->settings;
    ULONG prefix = ldr_wcslen(SXS_SETTINGS);

    for (const struct xml_element *group = application->children; group; group = group->next) {
        if (!xml_equal(group->name, L"windowsSettings"))
            continue;
        for (const struct xml_element *setting = group->children; setting; setting = setting->next) {
            if (setting->space.length < prefix ||
                memcmp(setting->space.text, SXS_SETTINGS, prefix * 2) != 0 ||
                sxs_has_string(section, setting->name))
                continue;
            ULONG offset = sxs_reserve(&section->data, sizeof(data));
            if (section->data.failed)
                return;
            FIELD(section, offset, data, Size) = sizeof(data);
            SET_TEXT(section, offset, data, SettingNamespace, setting->space, offset);
            SET_TEXT(section, offset, data, SettingName, setting->name, offset);
            SET_TEXT(section, offset, data, SettingValue, xml_trim(setting->text), offset);
            sxs_add_string(f, section, setting->name, offset);
        }
    }
}

void sxs_add_compatibility(struct flattener *f, const struct xml_element *compatibility)
{
    const struct xml_element *application = xml_child(compatibility, SXS_COMPATIBILITY, L"application");
    SXS_COMPATIBILITY_ELEMENT element = {.Type = ACTCTX_COMPATIBILITY_ELEMENT_TYPE_OS};

    for (const struct xml_element *child = application ? application->children : NULL; child;
         child = child->next) {
        if (!xml_is(child, SXS_COMPATIBILITY, L"supportedOS") ||
            !guid_attribute(f, child, L"Id", &element.Id))
            continue;
        sxs_put(&f->compatibility, &element, sizeof element);
    }
}

/* trustInfo in whichever of the versions' namespaces. */
void sxs_read_run_level(const struct xml_element *trust, ULONG *ret_level, ULONG *ret_ui_access)
{
    static const WCHAR *const path[] = {L"security", L"requestedPrivileges", L"requestedExecutionLevel"};
    const struct xml_element *at = trust;

    for (ULONG i = 0; i < 3 && at; i++) {
        const struct xml_element *child = at->children;
        while (child && !xml_equal(child->name, path[i]))
            child = child->next;
        at = child;
    }
    if (!at)
        return;
    struct xml_text level = xml_attribute(at, L"level");
    *ret_level = xml_equal(level, L"asInvoker")              ? ACTCTX_RUN_LEVEL_AS_INVOKER
                 : xml_equal(level, L"highestAvailable")     ? ACTCTX_RUN_LEVEL_HIGHEST_AVAILABLE
                 : xml_equal(level, L"requireAdministrator") ? ACTCTX_RUN_LEVEL_REQUIRE_ADMIN
                                                             : ACTCTX_RUN_LEVEL_UNSPECIFIED;
    *ret_ui_access = xml_equal(xml_attribute(at, L"uiAccess"), L"true");
}
