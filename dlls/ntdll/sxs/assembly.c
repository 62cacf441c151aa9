/*
 * Assemblies: their manifests, read from files, images and loaded modules, their identities, and the
 * search for those that a manifest depends on: the private ones in the application's folder first, then
 * those that the system brings (which are served from system32, so that nothing else is needed here).
 */
#include "private.h"
#include <nt/path.h>

enum { SXS_FILE_MAX = 0x1000000 };

/* ------------------------------------------------------------------ identities */

BOOLEAN sxs_parse_version(struct xml_text text, USHORT *version, ULONG count)
{
    ULONG at = 0;

    for (ULONG i = 0; i < count; i++) {
        ULONG value = 0, start = at;
        if (i && (at == text.length || text.text[at++] != '.'))
            return FALSE;
        start = at;
        for (; at < text.length && text.text[at] >= '0' && text.text[at] <= '9'; at++)
            if ((value = value * 10 + (text.text[at] - '0')) > 0xffff)
                return FALSE;
        if (at == start)
            return FALSE;
        version[i] = (USHORT)value;
    }
    return at == text.length;
}

static BOOLEAN same_text(struct xml_text a, struct xml_text b)
{
    return a.length == b.length && ldr_equal(a.text, b.text, a.length);
}

static BOOLEAN same_literal(struct xml_text a, const WCHAR *b)
{
    return a.length == ldr_wcslen(b) && ldr_equal(a.text, b, a.length);
}

static NTSTATUS read_identity(struct sxs_build *build, const struct xml_element *element,
                              struct sxs_identity *identity)
{
    struct xml_text version = xml_attribute(element, L"version");

    *identity = (struct sxs_identity){.type = xml_attribute(element, L"type"),
                                      .name = xml_attribute(element, L"name"),
                                      .architecture = xml_attribute(element, L"processorArchitecture"),
                                      .token = xml_attribute(element, L"publicKeyToken"),
                                      .language = xml_attribute(element, L"language")};
    if (!identity->name.length)
        return sxs_fail(build, L"an assemblyIdentity has no name", (struct xml_text){NULL, 0});
    if (version.text) {
        if (!sxs_parse_version(version, identity->version, 4))
            return sxs_fail(build, L"this is no assembly version: ", version);
        identity->has_version = TRUE;
    }
    return STATUS_SUCCESS;
}

static ULONG add(WCHAR *to, ULONG at, const WCHAR *text, ULONG length)
{
    if (to)
        memcpy(to + at, text, length * sizeof(WCHAR));
    return at + length;
}

static ULONG add_attribute(WCHAR *to, ULONG at, const WCHAR *name, struct xml_text value)
{
    if (!value.text)
        return at;
    at = add(to, at, L",", 1);
    at = add(to, at, name, ldr_wcslen(name));
    at = add(to, at, L"=\"", 2);
    at = add(to, at, value.text, value.length);
    return add(to, at, L"\"", 1);
}

static ULONG format_version(const USHORT *version, WCHAR *to)
{
    ULONG at = 0;
    for (ULONG i = 0; i < 4; i++) {
        WCHAR digits[5];
        ULONG count = 0, value = version[i];
        if (i)
            to[at++] = '.';
        do
            digits[count++] = (WCHAR)('0' + value % 10);
        while (value /= 10);
        while (count)
            to[at++] = digits[--count];
    }
    return at;
}

ULONG sxs_encode_identity(const struct sxs_identity *identity, WCHAR *to)
{
    WCHAR version[24];
    ULONG at = add(to, 0, identity->name.text, identity->name.length);

    at = add_attribute(to, at, L"language", identity->language);
    at = add_attribute(to, at, L"processorArchitecture", identity->architecture);
    at = add_attribute(to, at, L"publicKeyToken", identity->token);
    at = add_attribute(to, at, L"type", identity->type);
    if (identity->has_version)
        at = add_attribute(to, at, L"version",
                           (struct xml_text){version, format_version(identity->version, version)});
    return at;
}

static BOOLEAN is_any(struct xml_text text)
{
    return !text.length || same_literal(text, L"*") || same_literal(text, L"neutral");
}

/* Is what was found what was asked for? */
static BOOLEAN matches(const struct sxs_identity *wanted, const struct sxs_identity *found)
{
    if (!same_text(wanted->name, found->name) || !same_text(wanted->token, found->token))
        return FALSE;
    if (wanted->type.length && !same_text(wanted->type, found->type))
        return FALSE;
    if (!is_any(wanted->architecture) && !same_text(wanted->architecture, found->architecture))
        return FALSE;
    if (!is_any(wanted->language) && !same_text(wanted->language, found->language))
        return FALSE;
    return !wanted->has_version || memcmp(wanted->version, found->version, sizeof found->version) == 0;
}

/* ------------------------------------------------------------------ reading manifests */

/* Sets the reason for the message: the text and the detail behind it. */
NTSTATUS sxs_fail(struct sxs_build *build, const WCHAR *text, struct xml_text detail)
{
    ULONG length = ldr_wcslen(text);
    if (build->reason && !build->reason->Buffer && length + detail.length < 0x4000) {
        WCHAR *buffer = ldr_allocate((length + detail.length + 1) * sizeof(WCHAR));
        if (buffer) {
            memcpy(buffer, text, length * sizeof(WCHAR));
            if (detail.length)
                memcpy(buffer + length, detail.text, detail.length * sizeof(WCHAR));
            build->reason->Buffer = buffer;
            build->reason->Length = (USHORT)((length + detail.length) * sizeof(WCHAR));
            build->reason->MaximumLength = build->reason->Length + sizeof(WCHAR);
        }
    }
    return STATUS_SXS_CANT_GEN_ACTCTX;
}

static NTSTATUS open_file(const WCHAR *path, HANDLE *ret_file)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .Attributes = OBJ_CASE_INSENSITIVE};
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = RtlDosPathNameToNtPathName_U_WithStatus(path, &name, NULL, NULL);

    if (status)
        return status;
    attributes.ObjectName = &name;
    status = NtOpenFile(ret_file, FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attributes, &iosb,
                        FILE_SHARE_READ | FILE_SHARE_DELETE, 0x60 /* non-directory, synchronous */);
    RtlFreeUnicodeString(&name);
    return status;
}

static LARGE_INTEGER last_write(HANDLE file)
{
    struct {
        LARGE_INTEGER creation, access, write, change;
        ULONG attributes;
    } basic = {0};
    IO_STATUS_BLOCK iosb;

    NtQueryInformationFile(file, &iosb, &basic, sizeof basic, 4 /* FileBasicInformation */);
    return basic.write;
}

static NTSTATUS parse(struct sxs_build *build, struct sxs_assembly *assembly, const void *bytes, ULONG size)
{
    NTSTATUS status = xml_parse(bytes, size, &assembly->document);
    struct xml_text path = {assembly->manifest, ldr_wcslen(assembly->manifest)};

    if (status)
        return status == STATUS_NO_MEMORY ? status
                                          : sxs_fail(build, L"the manifest is not well-formed: ", path);
    if (!xml_is(assembly->document.root, SXS_V1, L"assembly") ||
        !xml_equal(xml_attribute(assembly->document.root, L"manifestVersion"), L"1.0"))
        return sxs_fail(build, L"this is no manifest of version 1.0: ", path);
    const struct xml_element *identity = xml_child(assembly->document.root, SXS_V1, L"assemblyIdentity");
    return identity ? read_identity(build, identity, &assembly->identity) : STATUS_SUCCESS;
}

static NTSTATUS read_manifest_file(struct sxs_build *build, struct sxs_assembly *assembly)
{
    struct {
        LARGE_INTEGER allocation, end;
        ULONG links;
        BOOLEAN delete_pending, directory;
    } standard;
    HANDLE file;
    IO_STATUS_BLOCK iosb;
    NTSTATUS status = open_file(assembly->manifest, &file);

    if (status)
        return status;
    void *bytes = NULL;
    status = NtQueryInformationFile(file, &iosb, &standard, sizeof standard, 5 /* FileStandardInformation */);
    if (!status && standard.end.QuadPart > SXS_FILE_MAX)
        status = sxs_fail(build, L"the manifest is too long", (struct xml_text){NULL, 0});
    if (!status && !(bytes = ldr_allocate((SIZE_T)standard.end.QuadPart + 1)))
        status = STATUS_NO_MEMORY;
    if (!status) {
        LARGE_INTEGER offset = {.QuadPart = 0};
        status = NtReadFile(file, NULL, NULL, NULL, &iosb, bytes, (ULONG)standard.end.QuadPart, &offset,
                            NULL);
        if (status == STATUS_END_OF_FILE)
            status = STATUS_SUCCESS, iosb.Information = 0;
    }
    assembly->written = last_write(file);
    NtClose(file);
    if (!status)
        status = parse(build, assembly, bytes, (ULONG)iosb.Information);
    ldr_free(bytes);
    return status;
}

static NTSTATUS read_resource(struct sxs_build *build, struct sxs_assembly *assembly, PVOID module,
                              ULONG_PTR name, LANGID language)
{
    LDR_RESOURCE_INFO info = {(ULONG_PTR)RT_MANIFEST, name, language};
    IMAGE_RESOURCE_DATA_ENTRY *entry;
    PVOID bytes;
    ULONG size;
    NTSTATUS status = LdrFindResource_U(module, &info, 3, &entry);

    if (!status)
        status = LdrAccessResource(module, entry, &bytes, &size);
    return status ? status : parse(build, assembly, bytes, size);
}

static NTSTATUS read_image_file(struct sxs_build *build, struct sxs_assembly *assembly, ULONG_PTR name,
                                LANGID language)
{
    HANDLE file, section;
    PVOID base = NULL;
    SIZE_T size = 0;
    NTSTATUS status = open_file(assembly->manifest, &file);

    if (status)
        return status;
    assembly->written = last_write(file);
    status = NtCreateSection(&section, SECTION_MAP_READ, NULL, NULL, PAGE_READONLY, SEC_COMMIT, file);
    NtClose(file);
    if (status)
        return status;
    status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, NULL, &size, 1, 0, PAGE_READONLY);
    NtClose(section);
    if (status)
        return status;
    IMAGE_NT_HEADERS *nt;
    status = RtlImageNtHeaderEx(0, base, size, &nt);
    if (!status)
        status = read_resource(build, assembly, (PVOID)((ULONG_PTR)base | 1), name, language);
    NtUnmapViewOfSection(NtCurrentProcess(), base);
    return status;
}

/* ------------------------------------------------------------------ finding assemblies */

static struct sxs_assembly *new_assembly(struct sxs_build *build)
{
    if (build->count == build->capacity) {
        ULONG capacity = build->capacity ? build->capacity * 2 : 8;
        struct sxs_assembly *more = ldr_allocate(capacity * sizeof *more);
        if (!more)
            return NULL;
        if (build->count)
            memcpy(more, build->assemblies, build->count * sizeof *more);
        ldr_free(build->assemblies);
        build->assemblies = more;
        build->capacity = capacity;
    }
    struct sxs_assembly *assembly = &build->assemblies[build->count++];
    memset(assembly, 0, sizeof *assembly);
    return assembly;
}

static BOOLEAN set_manifest(struct sxs_assembly *assembly, const WCHAR *path, ULONG length)
{
    ldr_free(assembly->manifest);
    if (!(assembly->manifest = ldr_allocate((length + 1) * sizeof(WCHAR))))
        return FALSE;
    memcpy(assembly->manifest, path, length * sizeof(WCHAR));
    assembly->directory_length = length;
    while (assembly->directory_length && path[assembly->directory_length - 1] != '\\')
        assembly->directory_length--;
    return TRUE;
}

static BOOLEAN is_absent(NTSTATUS status)
{
    return status == STATUS_OBJECT_NAME_NOT_FOUND || status == STATUS_OBJECT_PATH_NOT_FOUND ||
           status == STATUS_RESOURCE_TYPE_NOT_FOUND || status == STATUS_RESOURCE_NAME_NOT_FOUND ||
           status == STATUS_RESOURCE_LANG_NOT_FOUND || status == STATUS_RESOURCE_DATA_NOT_FOUND ||
           status == STATUS_NOT_A_DIRECTORY || status == STATUS_FILE_IS_A_DIRECTORY ||
           status == STATUS_INVALID_IMAGE_FORMAT;
}

/* One place where a private assembly may be: directory, culture (or nothing), in a folder of its own or not,
 * as a DLL that carries its manifest or as the manifest. */
static NTSTATUS try_private(struct sxs_build *build, struct sxs_assembly *assembly,
                            const struct sxs_identity *wanted, BOOLEAN culture, BOOLEAN folder, BOOLEAN dll)
{
    const WCHAR *extension = dll ? L".DLL" : L".manifest";
    ULONG room = build->directory_length + wanted->language.length + wanted->name.length * 2 + 16, at;
    WCHAR *path = ldr_allocate(room * sizeof(WCHAR));

    if (!path)
        return STATUS_NO_MEMORY;
    at = add(path, 0, build->directory, build->directory_length);
    if (culture) {
        at = add(path, at, wanted->language.text, wanted->language.length);
        at = add(path, at, L"\\", 1);
    }
    if (folder) {
        at = add(path, at, wanted->name.text, wanted->name.length);
        at = add(path, at, L"\\", 1);
    }
    at = add(path, at, wanted->name.text, wanted->name.length);
    at = add(path, at, extension, ldr_wcslen(extension));
    BOOLEAN ok = set_manifest(assembly, path, at);
    ldr_free(path);
    if (!ok)
        return STATUS_NO_MEMORY;
    return dll ? read_image_file(build, assembly, 1, 0) : read_manifest_file(build, assembly);
}

static NTSTATUS find_private(struct sxs_build *build, struct sxs_assembly *assembly,
                             const struct sxs_identity *wanted)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;

    for (ULONG variant = is_any(wanted->language) ? 4 : 0; variant < 8 && is_absent(status); variant++) {
        xml_free(&assembly->document);
        status = try_private(build, assembly, wanted, variant < 4, variant & 2, !(variant & 1));
    }
    if (!status && !matches(wanted, &assembly->identity))
        status = sxs_fail(build, L"another assembly is in the place of ", wanted->name);
    return status;
}

/* The assemblies of Windows and of the Visual C++ run-time libraries whose DLLs come from the usual search
 * (a copy beside the program, or system32). */
static const struct {
    const WCHAR *name, *token;
    USHORT major, minor; /* what is served; major 0: any */
    USHORT build, revision;
} system_assemblies[] = {
    {L"Microsoft.Windows.Common-Controls", L"6595b64144ccf1df", 6, 0, 19041, 1110},
    {L"Microsoft.Windows.Common-Controls", L"6595b64144ccf1df", 5, 82, 19041, 1110},
    {L"Microsoft.Windows.GdiPlus", L"6595b64144ccf1df", 1, 1, 19041, 1110},
    {L"Microsoft.Windows.GdiPlus", L"6595b64144ccf1df", 1, 0, 19041, 1110},
    {L"Microsoft.Windows.SystemCompatible", L"6595b64144ccf1df", 6, 0, 19041, 1},
    {L"Microsoft.VC80.CRT", L"1fc8b3b9a1e18e3b", 8, 0, 50727, 9659},
    {L"Microsoft.VC80.MFC", L"1fc8b3b9a1e18e3b", 8, 0, 50727, 9659},
    {L"Microsoft.VC80.MFCLOC", L"1fc8b3b9a1e18e3b", 8, 0, 50727, 9659},
    {L"Microsoft.VC80.ATL", L"1fc8b3b9a1e18e3b", 8, 0, 50727, 9659},
    {L"Microsoft.VC80.OpenMP", L"1fc8b3b9a1e18e3b", 8, 0, 50727, 9659},
    {L"Microsoft.VC90.CRT", L"1fc8b3b9a1e18e3b", 9, 0, 30729, 9635},
    {L"Microsoft.VC90.MFC", L"1fc8b3b9a1e18e3b", 9, 0, 30729, 9635},
    {L"Microsoft.VC90.MFCLOC", L"1fc8b3b9a1e18e3b", 9, 0, 30729, 9635},
    {L"Microsoft.VC90.ATL", L"1fc8b3b9a1e18e3b", 9, 0, 30729, 9635},
    {L"Microsoft.VC90.OpenMP", L"1fc8b3b9a1e18e3b", 9, 0, 30729, 9635},
};

/* A system assembly: the newest of its major and minor version stands for all of them, as the publisher's
 * policies say on Windows. */
static NTSTATUS find_system(struct sxs_assembly *assembly, const struct sxs_identity *wanted)
{
    static const WCHAR folder[] = L"C:\\windows\\WinSxS\\manifests\\";

    if (!is_any(wanted->architecture) && !same_literal(wanted->architecture, SXS_ARCHITECTURE))
        return STATUS_SXS_ASSEMBLY_NOT_FOUND;
    for (ULONG i = 0; i < sizeof system_assemblies / sizeof system_assemblies[0]; i++) {
        if (!same_literal(wanted->name, system_assemblies[i].name) ||
            !same_literal(wanted->token, system_assemblies[i].token) || !wanted->has_version ||
            wanted->version[0] != system_assemblies[i].major ||
            wanted->version[1] != system_assemblies[i].minor)
            continue;
        USHORT version[4] = {system_assemblies[i].major, system_assemblies[i].minor,
                             system_assemblies[i].build, system_assemblies[i].revision};
        assembly->identity = (struct sxs_identity){
            .type = {L"win32", 5},
            .name = {system_assemblies[i].name, ldr_wcslen(system_assemblies[i].name)},
            .architecture = {SXS_ARCHITECTURE, ldr_wcslen(SXS_ARCHITECTURE)},
            .token = {system_assemblies[i].token, ldr_wcslen(system_assemblies[i].token)},
            .has_version = TRUE};
        memcpy(assembly->identity.version, version, sizeof version);

        WCHAR path[200];
        ULONG at = add(path, 0, folder, sizeof folder / sizeof *folder - 1), start = at;
        at = add(path, at, SXS_ARCHITECTURE, ldr_wcslen(SXS_ARCHITECTURE));
        at = add(path, at, L"_", 1);
        at = add(path, at, assembly->identity.name.text, assembly->identity.name.length);
        at = add(path, at, L"_", 1);
        at = add(path, at, assembly->identity.token.text, assembly->identity.token.length);
        at = add(path, at, L"_", 1);
        at += format_version(version, path + at);
        at = add(path, at, L"_none.manifest", 14);
        for (ULONG j = start; j < at; j++)
            if (path[j] >= 'A' && path[j] <= 'Z')
                path[j] |= 0x20;
        if (!set_manifest(assembly, path, at))
            return STATUS_NO_MEMORY;
        assembly->system_name = assembly->manifest + start;
        return STATUS_SUCCESS;
    }
    return STATUS_SXS_ASSEMBLY_NOT_FOUND;
}

static BOOLEAN is_known(const struct sxs_build *build, const struct sxs_identity *wanted)
{
    for (ULONG i = 0; i < build->count; i++)
        if (build->assemblies[i].identity.name.length &&
            same_text(build->assemblies[i].identity.name, wanted->name) &&
            same_text(build->assemblies[i].identity.token, wanted->token))
            return TRUE;
    return FALSE;
}

static NTSTATUS add_dependency(struct sxs_build *build, const struct xml_element *dependency)
{
    const struct xml_element *dependent = xml_child(dependency, SXS_V1, L"dependentAssembly");
    const struct xml_element *element = dependent ? xml_child(dependent, SXS_V1, L"assemblyIdentity") : NULL;
    struct sxs_identity wanted;
    NTSTATUS status;

    if (!element)
        return dependent ? sxs_fail(build, L"a dependentAssembly has no assemblyIdentity",
                                    (struct xml_text){NULL, 0})
                         : STATUS_SUCCESS;
    if ((status = read_identity(build, element, &wanted)))
        return status;
    for (ULONG i = 0; i < wanted.name.length;
         i++) /* it becomes part of one; a program's own name may be anything */
        if (wanted.name.text[i] == '\\' || wanted.name.text[i] == '/')
            return sxs_fail(build, L"an assembly's name is a path: ", wanted.name);
    if (is_known(build, &wanted))
        return STATUS_SUCCESS;
    struct sxs_assembly *assembly = new_assembly(build);
    if (!assembly)
        return STATUS_NO_MEMORY;
    status = find_private(build, assembly, &wanted);
    if (is_absent(status))
        status = find_system(assembly, &wanted);
    if (!status)
        return status;
    ldr_free(assembly->manifest);
    xml_free(&assembly->document);
    build->count--;
    if (status != STATUS_SXS_ASSEMBLY_NOT_FOUND)
        return status;
    if (xml_equal(xml_attribute(dependency, L"optional"), L"yes"))
        return STATUS_SUCCESS;
    ULONG length = sxs_encode_identity(&wanted, NULL);
    WCHAR *encoded = ldr_allocate((length + 1) * sizeof(WCHAR));
    if (!encoded)
        return STATUS_NO_MEMORY;
    sxs_encode_identity(&wanted, encoded);
    status = sxs_fail(build, L"this assembly is not there: ", (struct xml_text){encoded, length});
    ldr_free(encoded);
    return status;
}

NTSTATUS sxs_load(struct sxs_build *build)
{
    const struct sxs_source *source = build->source;
    struct sxs_assembly *root = new_assembly(build);
    NTSTATUS status;

    if (!root || !set_manifest(root, source->path, ldr_wcslen(source->path)))
        return STATUS_NO_MEMORY;
    ULONG length = source->directory ? ldr_wcslen(source->directory) : root->directory_length;
    if (!(build->directory = ldr_allocate((length + 2) * sizeof(WCHAR))))
        return STATUS_NO_MEMORY;
    memcpy(build->directory, source->directory ? source->directory : root->manifest, length * sizeof(WCHAR));
    if (length && build->directory[length - 1] != '\\')
        build->directory[length++] = '\\';
    build->directory_length = length;

    if (source->module)
        status = read_resource(build, root, source->module, source->resource, source->language);
    else if (source->resource)
        status = read_image_file(build, root, source->resource, source->language);
    else
        status = read_manifest_file(build, root);
    for (ULONG i = 0; i < build->count && !status; i++) {
        const struct xml_element *document = build->assemblies[i].document.root;
        if (!document)
            continue;
        for (const struct xml_element *child = document->children; child && !status; child = child->next)
            if (xml_is(child, SXS_V1, L"dependency"))
                status = add_dependency(build, child);
    }
    return status;
}

void sxs_free_build(struct sxs_build *build)
{
    for (ULONG i = 0; i < build->count; i++) {
        xml_free(&build->assemblies[i].document);
        ldr_free(build->assemblies[i].manifest);
    }
    ldr_free(build->assemblies);
    ldr_free(build->directory);
}
