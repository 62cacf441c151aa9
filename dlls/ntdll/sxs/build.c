/*
 * From assemblies to the flat data of an activation context (nt/sxs.h): one section for each kind of
 * thing that manifests declare, keyed by string or GUID. Of two declarations with one key the first counts.
 */
#include "private.h"

struct buffer {
    UCHAR *bytes;
    ULONG size, capacity;
    BOOLEAN failed; /* no memory; everything else is ignored then */
};

struct section {
    ULONG id;
    BOOLEAN by_guid;
    struct buffer data;    /* begins with room for the header */
    struct buffer entries; /* ACTIVATION_CONTEXT_..._SECTION_ENTRY */
    ULONG count;
    ULONG user_offset, user_size;
};

struct flattener {
    const struct sxs_build *build;
    struct section information, dlls, classes, servers, interfaces, libraries, programs, surrogates, settings;
    struct buffer compatibility;
    ULONG roster;    /* index of the assembly at hand, from 1 */
    NTSTATUS status; /* first error */
};

ULONG sxs_hash(const WCHAR *text, ULONG length)
{
    ULONG hash = 0;
    for (ULONG i = 0; i < length; i++)
        hash = hash * 65599 + ldr_upcase(text[i]);
    return hash;
}

/* Room for `size` bytes, zeroed and aligned; its offset. */
static ULONG reserve(struct buffer *buffer, ULONG size)
{
    ULONG offset = (buffer->size + 3) & ~3u;

    if (buffer->failed)
        return 0;
    if (offset + size > buffer->capacity) {
        ULONG capacity = (offset + size) * 2 + 256;
        UCHAR *bytes = ldr_allocate(capacity);
        if (!bytes) {
            buffer->failed = TRUE;
            return 0;
        }
        if (buffer->size)
            memcpy(bytes, buffer->bytes, buffer->size);
        ldr_free(buffer->bytes);
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    buffer->size = offset + size;
    return offset;
}

static ULONG put(struct buffer *buffer, const void *bytes, ULONG size)
{
    ULONG offset = reserve(buffer, size);
    if (!buffer->failed)
        memcpy(buffer->bytes + offset, bytes, size);
    return offset;
}

/* A terminated string; 0 for none. */
static ULONG put_text(struct buffer *buffer, struct xml_text text)
{
    if (!text.length)
        return 0;
    ULONG offset = reserve(buffer, (text.length + 1) * sizeof(WCHAR));
    if (!buffer->failed)
        memcpy(buffer->bytes + offset, text.text, text.length * sizeof(WCHAR));
    return offset;
}

static struct xml_text literal(const WCHAR *text)
{
    return (struct xml_text){text, text ? ldr_wcslen(text) : 0};
}

/* Fills in a field of a structure that was reserved before. */
#define FIELD(section, offset, type, field) (((type *)(void *)((section)->data.bytes + (offset)))->field)

/* A string of a structure, as length and offset: from the structure (base) or the section (base 0). */
#define SET_TEXT(section, offset, type, member, text, base)                                                  \
    do {                                                                                                     \
        struct xml_text set_text = (text);                                                                   \
        ULONG set_offset = put_text(&(section)->data, set_text);                                             \
        if (set_offset && !(section)->data.failed) {                                                         \
            FIELD(section, offset, type, member##Length) = set_text.length * sizeof(WCHAR);                  \
            FIELD(section, offset, type, member##Offset) = set_offset - (base);                              \
        }                                                                                                    \
    } while (0)

static void initialize(struct section *section, ULONG id, BOOLEAN by_guid)
{
    section->id = id;
    section->by_guid = by_guid;
    reserve(&section->data, by_guid ? sizeof(ACTIVATION_CONTEXT_GUID_SECTION_HEADER)
                                    : sizeof(ACTIVATION_CONTEXT_STRING_SECTION_HEADER));
}

static void error(struct flattener *f, const WCHAR *what, struct xml_text detail)
{
    if (!f->status)
        f->status = sxs_fail((struct sxs_build *)f->build, what, detail);
}

/* Adds an entry for the data at [offset, the end); FALSE if the key is taken. */
static BOOLEAN has_string(const struct section *section, struct xml_text key)
{
    const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entries = (const void *)section->entries.bytes;
    ULONG hash = sxs_hash(key.text, key.length);

    for (ULONG i = 0; i < section->count; i++)
        if (entries[i].PseudoKey == hash && entries[i].KeyLength == key.length * sizeof(WCHAR) &&
            ldr_equal((const WCHAR *)(const void *)(section->data.bytes + entries[i].KeyOffset), key.text,
                      key.length))
            return TRUE;
    return FALSE;
}

static void add_string(struct flattener *f, struct section *section, struct xml_text key, ULONG offset)
{
    ULONG length = section->data.size - offset;
    ACTIVATION_CONTEXT_STRING_SECTION_ENTRY entry = {.PseudoKey = sxs_hash(key.text, key.length),
                                                     .KeyLength = key.length * sizeof(WCHAR),
                                                     .Offset = offset,
                                                     .Length = length,
                                                     .AssemblyRosterIndex = f->roster};
    entry.KeyOffset = put_text(&section->data, key);
    put(&section->entries, &entry, sizeof entry);
    section->count++;
}

static BOOLEAN has_guid(const struct section *section, const GUID *key)
{
    const ACTIVATION_CONTEXT_GUID_SECTION_ENTRY *entries = (const void *)section->entries.bytes;
    for (ULONG i = 0; i < section->count; i++)
        if (memcmp(&entries[i].Guid, key, sizeof *key) == 0)
            return TRUE;
    return FALSE;
}

static void add_guid(struct flattener *f, struct section *section, const GUID *key, ULONG offset)
{
    ACTIVATION_CONTEXT_GUID_SECTION_ENTRY entry = {*key, offset, section->data.size - offset, f->roster};
    put(&section->entries, &entry, sizeof entry);
    section->count++;
}

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
        error(f, L"this is no GUID: ", text);
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
    error(f, L"this is no threading model: ", text);
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
        error(f, L"a windowClass without a usable name in ", file);
        return;
    }
    if (has_string(section, name))
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
    ULONG offset = reserve(&section->data, sizeof(data));
    if (section->data.failed)
        return;
    FIELD(section, offset, data, Size) = sizeof(data);
    SET_TEXT(section, offset, data, VersionSpecificClassName, full, offset);
    SET_TEXT(section, offset, data, DllName, file, 0);
    add_string(f, section, name, offset);
}

static void add_program_id(struct flattener *f, struct xml_text name, const GUID *clsid)
{
    struct section *section = &f->programs;
    ACTIVATION_CONTEXT_DATA_COM_PROGID_REDIRECTION data = {.Size = sizeof data};

    name = xml_trim(name);
    if (!name.length || has_string(section, name))
        return;
    data.ConfiguredClsidOffset = put(&section->data, clsid, sizeof *clsid);
    ULONG offset = put(&section->data, &data, sizeof data);
    add_string(f, section, name, offset);
}

/* comClass (file: its DLL) and clrClass (file empty: mscoree.dll, with the managed class behind it). */
static void add_server(struct flattener *f, struct xml_text file, const struct xml_element *element)
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
        error(f, L"a class has no clsid in ", file);
        return;
    }
    if (has_guid(section, &clsid))
        return;
    guid_attribute(f, element, L"tlbid", &library);
    ULONG model = threading_model(f, element);
    ULONG offset = reserve(&section->data, sizeof(data));
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
    SET_TEXT(section, offset, data, Module, file.length ? file : literal(L"mscoree.dll"), 0);
    SET_TEXT(section, offset, data, ProgId, program, offset);
    if (!file.length) {
        ULONG at = reserve(&section->data, sizeof(shim));
        if (section->data.failed)
            return;
        FIELD(section, at, shim, Size) = sizeof(shim);
        FIELD(section, at, shim, Type) = 2;
        SET_TEXT(section, at, shim, Module, literal(L"mscoree.dll"), 0);
        SET_TEXT(section, at, shim, Type, xml_attribute(element, L"name"), at);
        SET_TEXT(section, at, shim, ShimVersion, xml_attribute(element, L"runtimeVersion"), at);
        if (section->data.failed)
            return;
        FIELD(section, offset, data, ShimDataOffset) = at - offset;
        FIELD(section, offset, data, ShimDataLength) = section->data.size - at;
    }
    add_guid(f, section, &clsid, offset);
    add_program_id(f, program, &clsid);
    for (const struct xml_element *child = element->children; child; child = child->next)
        if (xml_is(child, SXS_V1, L"progid"))
            add_program_id(f, child->text, &clsid);
}

static void add_interface(struct flattener *f, const struct xml_element *element, BOOLEAN external)
{
    typedef ACTIVATION_CONTEXT_DATA_COM_INTERFACE_REDIRECTION data;
    struct section *section = &f->interfaces;
    GUID iid, proxy, library, base;

    if (!guid_attribute(f, element, L"iid", &iid)) {
        error(f, L"an interface has no iid", (struct xml_text){NULL, 0});
        return;
    }
    if (has_guid(section, &iid))
        return;
    if (!guid_attribute(f, element, L"proxyStubClsid32", &proxy) && !external)
        proxy = iid; /* the DLL that declares it serves it under the interface's own id */
    guid_attribute(f, element, L"tlbid", &library);
    BOOLEAN has_base = guid_attribute(f, element, L"baseInterface", &base);
    ULONG offset = reserve(&section->data, sizeof(data));
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
    add_guid(f, section, &iid, offset);
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
        error(f, L"a typelib has no tlbid or version in ", file);
        return;
    }
    if (has_guid(section, &id))
        return;
    ULONG offset = reserve(&section->data, sizeof(data));
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
    add_guid(f, section, &id, offset);
}

static void add_surrogate(struct flattener *f, const struct xml_element *element)
{
    typedef ACTIVATION_CONTEXT_DATA_CLR_SURROGATE data;
    struct section *section = &f->surrogates;
    GUID clsid;

    if (!guid_attribute(f, element, L"clsid", &clsid)) {
        error(f, L"a clrSurrogate has no clsid", (struct xml_text){NULL, 0});
        return;
    }
    if (has_guid(section, &clsid))
        return;
    ULONG offset = reserve(&section->data, sizeof(data));
    if (section->data.failed)
        return;
    FIELD(section, offset, data, Size) = sizeof(data);
    FIELD(section, offset, data, SurrogateIdent) = clsid;
    SET_TEXT(section, offset, data, Version, xml_attribute(element, L"runtimeVersion"), offset);
    SET_TEXT(section, offset, data, TypeName, xml_attribute(element, L"name"), offset);
    add_guid(f, section, &clsid, offset);
}

static void add_file(struct flattener *f, const struct sxs_assembly *assembly,
                     const struct xml_element *element)
{
    typedef ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_SEGMENT segment;
    ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION data = {.Size = sizeof data, .PathSegmentCount = 1};
    struct section *section = &f->dlls;
    struct xml_text name = xml_attribute(element, L"name"), from = xml_attribute(element, L"loadFrom");
    struct xml_text path = {assembly->manifest, assembly->directory_length};

    if (!name.length) {
        error(f, L"a file has no name in ", literal(assembly->manifest));
        return;
    }
    if (!has_string(section, name)) {
        data.Flags = ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_OMITS_ASSEMBLY_ROOT;
        if (from.length) {
            path = from;
            data.Flags |= ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_EXPAND;
            if (from.text[from.length - 1] != '\\')
                data.Flags |= ACTIVATION_CONTEXT_DATA_DLL_REDIRECTION_PATH_INCLUDES_BASE_NAME;
        }
        data.TotalPathLength = path.length * sizeof(WCHAR);
        segment at = {path.length * sizeof(WCHAR), put_text(&section->data, path)};
        data.PathSegmentOffset = put(&section->data, &at, sizeof at);
        ULONG offset = put(&section->data, &data, sizeof data);
        add_string(f, section, name, offset);
    }
    for (const struct xml_element *child = element->children; child; child = child->next) {
        if (xml_is(child, SXS_V1, L"windowClass"))
            add_window_class(f, assembly, name, child);
        else if (xml_is(child, SXS_V1, L"comClass"))
            add_server(f, name, child);
        else if (xml_is(child, SXS_V1, L"comInterfaceProxyStub"))
            add_interface(f, child, FALSE);
        else if (xml_is(child, SXS_V1, L"typelib"))
            add_type_library(f, name, child);
    }
}

static void add_settings(struct flattener *f, const struct xml_element *application)
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
                has_string(section, setting->name))
                continue;
            ULONG offset = reserve(&section->data, sizeof(data));
            if (section->data.failed)
                return;
            FIELD(section, offset, data, Size) = sizeof(data);
            SET_TEXT(section, offset, data, SettingNamespace, setting->space, offset);
            SET_TEXT(section, offset, data, SettingName, setting->name, offset);
            SET_TEXT(section, offset, data, SettingValue, xml_trim(setting->text), offset);
            add_string(f, section, setting->name, offset);
        }
    }
}

static void add_compatibility(struct flattener *f, const struct xml_element *compatibility)
{
    const struct xml_element *application = xml_child(compatibility, SXS_COMPATIBILITY, L"application");
    SXS_COMPATIBILITY_ELEMENT element = {.Type = ACTCTX_COMPATIBILITY_ELEMENT_TYPE_OS};

    for (const struct xml_element *child = application ? application->children : NULL; child;
         child = child->next) {
        if (!xml_is(child, SXS_COMPATIBILITY, L"supportedOS") ||
            !guid_attribute(f, child, L"Id", &element.Id))
            continue;
        put(&f->compatibility, &element, sizeof element);
    }
}

/* trustInfo in whichever of the versions' namespaces. */
static void read_run_level(const struct xml_element *trust, ULONG *ret_level, ULONG *ret_ui_access)
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

/* ------------------------------------------------------------------ assemblies */

static void add_assembly(struct flattener *f, const struct sxs_assembly *assembly)
{
    typedef ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION data;
    const struct xml_element *root = assembly->document.root;
    struct section *section = &f->information;
    ULONG level = 0, ui_access = 0, files = 0;
    USHORT version[2] = {1, 0};

    for (const struct xml_element *child = root ? root->children : NULL; child; child = child->next) {
        if (xml_is(child, SXS_V1, L"file"))
            add_file(f, assembly, child), files++;
        else if (xml_is(child, SXS_V1, L"clrClass"))
            add_server(f, (struct xml_text){NULL, 0}, child);
        else if (xml_is(child, SXS_V1, L"comInterfaceExternalProxyStub"))
            add_interface(f, child, TRUE);
        else if (xml_is(child, SXS_V1, L"clrSurrogate"))
            add_surrogate(f, child);
        else if (f->roster != 1)
            continue; /* the rest counts in the root only */
        else if (xml_equal(child->name, L"trustInfo"))
            read_run_level(child, &level, &ui_access);
        else if (xml_is(child, SXS_V3, L"application"))
            add_settings(f, child);
        else if (xml_is(child, SXS_COMPATIBILITY, L"compatibility"))
            add_compatibility(f, child);
    }

    ULONG length = sxs_encode_identity(&assembly->identity, NULL);
    WCHAR *encoded = ldr_allocate((length + 1) * sizeof(WCHAR));
    if (!encoded) {
        f->status = STATUS_NO_MEMORY;
        return;
    }
    sxs_encode_identity(&assembly->identity, encoded);
    ULONG offset = reserve(&section->data, sizeof(data));
    if (!section->data.failed) {
        data *information = (void *)(section->data.bytes + offset);
        information->Size = sizeof(data);
        information->Flags = f->roster == 1 ? ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION_ROOT_ASSEMBLY
                             : root         ? ACTIVATION_CONTEXT_DATA_ASSEMBLY_INFORMATION_PRIVATE_ASSEMBLY
                                            : 0;
        information->ManifestPathType = ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE;
        information->ManifestLastWriteTime = assembly->written;
        information->PolicyPathType = ACTIVATION_CONTEXT_PATH_TYPE_NONE;
        information->ManifestVersionMajor = version[0];
        information->ManifestVersionMinor = version[1];
        information->NumOfFilesInAssembly = files;
        information->RunLevel = level;
        information->UiAccess = ui_access;
        SET_TEXT(section, offset, data, EncodedAssemblyIdentity, ((struct xml_text){encoded, length}), 0);
        SET_TEXT(section, offset, data, ManifestPath, literal(assembly->manifest), 0);
        SET_TEXT(section, offset, data, Language, assembly->identity.language, 0);
        if (assembly->system_name)
            SET_TEXT(section, offset, data, AssemblyDirectoryName,
                     ((struct xml_text){assembly->system_name, ldr_wcslen(assembly->system_name) - 9}), 0);
        else if (f->roster != 1)
            SET_TEXT(section, offset, data, AssemblyDirectoryName,
                     ((struct xml_text){assembly->manifest, assembly->directory_length - 1}), 0);
    }
    ldr_free(encoded);
    add_string(f, section, assembly->identity.name, offset);
}

static void add_global_information(struct flattener *f)
{
    typedef ACTIVATION_CONTEXT_DATA_ASSEMBLY_GLOBAL_INFORMATION data;
    struct section *section = &f->information;
    ULONG offset = reserve(&section->data, sizeof(data));

    if (section->data.failed)
        return;
    FIELD(section, offset, data, Size) = sizeof(data);
    FIELD(section, offset, data, ApplicationDirectoryPathType) = ACTIVATION_CONTEXT_PATH_TYPE_WIN32_FILE;
    SET_TEXT(section, offset, data, ApplicationDirectory,
             ((struct xml_text){f->build->directory, f->build->directory_length}), offset);
    section->user_offset = offset;
    section->user_size = section->data.size - offset;
}

/* ------------------------------------------------------------------ putting it together */

/* Ends a section: entries behind the data, header filled in. */
static void finish(struct flattener *f, struct section *section)
{
    ULONG list = put(&section->data, section->entries.bytes, section->entries.size);

    if (section->entries.failed || section->data.failed) {
        f->status = STATUS_NO_MEMORY;
        return;
    }
    if (section->by_guid)
        *(ACTIVATION_CONTEXT_GUID_SECTION_HEADER *)(void *)section->data.bytes =
            (ACTIVATION_CONTEXT_GUID_SECTION_HEADER){
                .Magic = ACTIVATION_CONTEXT_GUID_SECTION_MAGIC,
                .HeaderSize = sizeof(ACTIVATION_CONTEXT_GUID_SECTION_HEADER),
                .FormatVersion = 1,
                .DataFormatVersion = 1,
                .ElementCount = section->count,
                .ElementListOffset = list,
                .UserDataOffset = section->user_offset,
                .UserDataSize = section->user_size};
    else
        *(ACTIVATION_CONTEXT_STRING_SECTION_HEADER *)(void *)section->data.bytes =
            (ACTIVATION_CONTEXT_STRING_SECTION_HEADER){
                .Magic = ACTIVATION_CONTEXT_STRING_SECTION_MAGIC,
                .HeaderSize = sizeof(ACTIVATION_CONTEXT_STRING_SECTION_HEADER),
                .FormatVersion = 1,
                .DataFormatVersion = 1,
                .Flags = ACTIVATION_CONTEXT_STRING_SECTION_CASE_INSENSITIVE,
                .ElementCount = section->count,
                .ElementListOffset = list,
                .HashAlgorithm = 1 /* HASH_STRING_ALGORITHM_X65599 */,
                .UserDataOffset = section->user_offset,
                .UserDataSize = section->user_size};
}

static void add_roster(struct flattener *f, struct buffer *whole, ULONG information_offset)
{
    const ACTIVATION_CONTEXT_STRING_SECTION_ENTRY *entries = (const void *)f->information.entries.bytes;
    ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER header = {
        .HeaderSize = sizeof header,
        .HashAlgorithm = 1,
        .EntryCount = f->build->count + 1,
        .AssemblyInformationSectionOffset = information_offset};
    ULONG offset = put(whole, &header, sizeof header);
    ULONG first = reserve(whole, header.EntryCount * sizeof(ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY));

    if (whole->failed)
        return;
    ((ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_HEADER *)(void *)(whole->bytes + offset))->FirstEntryOffset =
        first;
    ((ACTIVATION_CONTEXT_DATA *)(void *)whole->bytes)->AssemblyRosterOffset = offset;
    ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY *roster = (void *)(whole->bytes + first);
    roster[0].Flags = ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY_INVALID;
    for (ULONG i = 0; i < f->build->count; i++) {
        roster[i + 1].Flags = i == 0 ? ACTIVATION_CONTEXT_DATA_ASSEMBLY_ROSTER_ENTRY_ROOT : 0;
        roster[i + 1].PseudoKey = entries[i].PseudoKey;
        roster[i + 1].AssemblyNameOffset = information_offset + entries[i].KeyOffset;
        roster[i + 1].AssemblyNameLength = entries[i].KeyLength;
        roster[i + 1].AssemblyInformationOffset = information_offset + entries[i].Offset;
        roster[i + 1].AssemblyInformationLength = entries[i].Length;
    }
}

static void assemble(struct flattener *f, struct buffer *whole)
{
    struct section *sections[] = {&f->information, &f->dlls,     &f->classes,    &f->servers, &f->interfaces,
                                  &f->libraries,   &f->programs, &f->surrogates, &f->settings};
    enum { SECTIONS = sizeof sections / sizeof sections[0] };
    ACTIVATION_CONTEXT_DATA_TOC_ENTRY entries[SECTIONS + 1];
    ACTIVATION_CONTEXT_DATA_TOC_HEADER toc = {.HeaderSize = sizeof toc, .Flags = 2 /* in order */};

    reserve(whole, sizeof(ACTIVATION_CONTEXT_DATA));
    for (ULONG i = 0; i < SECTIONS; i++) {
        if (!sections[i]->count)
            continue;
        finish(f, sections[i]);
        if (f->status)
            return;
        reserve(whole, (8 - whole->size % 8) % 8);
        ULONG offset = put(whole, sections[i]->data.bytes, sections[i]->data.size);
        entries[toc.EntryCount++] = (ACTIVATION_CONTEXT_DATA_TOC_ENTRY){
            sections[i]->id, offset, sections[i]->data.size,
            sections[i]->by_guid ? SXS_FORMAT_GUID_TABLE : SXS_FORMAT_STRING_TABLE};
    }
    if (f->compatibility.size) {
        ULONG count[2] = {f->compatibility.size / sizeof(SXS_COMPATIBILITY_ELEMENT), 0};
        ULONG offset = put(whole, count, sizeof count);
        put(whole, f->compatibility.bytes, f->compatibility.size);
        entries[toc.EntryCount++] = (ACTIVATION_CONTEXT_DATA_TOC_ENTRY){
            ACTIVATION_CONTEXT_SECTION_COMPATIBILITY_INFO, offset, f->compatibility.size + sizeof count,
            SXS_FORMAT_UNKNOWN};
    }
    add_roster(f, whole, entries[0].Offset);
    toc.FirstEntryOffset = put(whole, entries, toc.EntryCount * sizeof *entries);
    ULONG toc_offset = put(whole, &toc, sizeof toc);
    if (whole->failed || f->compatibility.failed) {
        f->status = STATUS_NO_MEMORY;
        return;
    }
    ACTIVATION_CONTEXT_DATA *data = (void *)whole->bytes;
    const struct xml_element *root = f->build->assemblies[0].document.root;
    data->Magic = ACTIVATION_CONTEXT_DATA_MAGIC;
    data->HeaderSize = sizeof *data;
    data->FormatVersion = ACTIVATION_CONTEXT_DATA_FORMAT_WHISTLER;
    data->TotalSize = whole->size;
    data->DefaultTocOffset = toc_offset;
    if (xml_child(root, SXS_V1, L"noInherit"))
        data->Flags |= ACTIVATION_CONTEXT_FLAG_NO_INHERIT;
}

NTSTATUS sxs_flatten(const struct sxs_build *build, ACTIVATION_CONTEXT_DATA **ret_data)
{
    struct flattener f = {.build = build};
    struct section *sections[] = {&f.information, &f.dlls,     &f.classes,    &f.servers, &f.interfaces,
                                  &f.libraries,   &f.programs, &f.surrogates, &f.settings};
    static const UCHAR ids[] = {1, 2, 3, 4, 5, 6, 7, 9, 10};
    struct buffer whole = {0};

    for (ULONG i = 0; i < sizeof ids; i++)
        initialize(sections[i], ids[i], (ids[i] >= 4 && ids[i] <= 6) || ids[i] == 9);
    for (ULONG i = 0; i < build->count && !f.status; i++) {
        f.roster = i + 1;
        add_assembly(&f, &build->assemblies[i]);
    }
    if (!f.status)
        add_global_information(&f);
    if (!f.status)
        assemble(&f, &whole);
    for (ULONG i = 0; i < sizeof ids; i++) {
        ldr_free(sections[i]->data.bytes);
        ldr_free(sections[i]->entries.bytes);
    }
    ldr_free(f.compatibility.bytes);
    if (f.status) {
        ldr_free(whole.bytes);
        return f.status;
    }
    *ret_data = (void *)whole.bytes;
    return STATUS_SUCCESS;
}
