/*
 * Images, search paths, modules and wide names. The library is loaded at run time.
 */
#include "harness.h"
#include <dbghelp.h>

#define FUNCTION(result, name, arguments)                                                                    \
    result(WINAPI *name) arguments = (void *)GetProcAddress(LoadLibraryA("dbghelp.dll"), #name);             \
    CHECK(name != NULL)

TEST(headers)
{
    FUNCTION(IMAGE_NT_HEADERS *, ImageNtHeader, (void *));
    FUNCTION(void *, ImageDirectoryEntryToData, (void *, BOOLEAN, USHORT, ULONG *));
    FUNCTION(IMAGE_SECTION_HEADER *, ImageRvaToSection, (IMAGE_NT_HEADERS *, void *, ULONG));
    FUNCTION(void *, ImageRvaToVa, (IMAGE_NT_HEADERS *, void *, ULONG, IMAGE_SECTION_HEADER **));
    BYTE *base = (BYTE *)GetModuleHandleA(NULL);
    IMAGE_NT_HEADERS *nt = ImageNtHeader(base);
    ULONG size = 0;

    CHECK(nt && nt->Signature == IMAGE_NT_SIGNATURE);
    CHECK((BYTE *)nt == base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    CHECK(
        !ImageNtHeader((void *)"no image, but enough bytes to look at, as the header of DOS has sixty-four"));
    IMAGE_DATA_DIRECTORY *directory = &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    CHECK(ImageDirectoryEntryToData(base, TRUE, IMAGE_DIRECTORY_ENTRY_IMPORT, &size) ==
          base + directory->VirtualAddress);
    CHECK_EQ(size, directory->Size);
    CHECK(!ImageDirectoryEntryToData(base, TRUE, IMAGE_DIRECTORY_ENTRY_ARCHITECTURE, &size));
    ULONG entry = nt->OptionalHeader.AddressOfEntryPoint;
    IMAGE_SECTION_HEADER *section = ImageRvaToSection(nt, base, entry), *last = NULL;
    CHECK(section && memcmp(section->Name, ".text", 6) == 0);
    CHECK(!ImageRvaToSection(nt, base, 0x7fffffff));
    CHECK(ImageRvaToVa(nt, base, entry, &last) ==
          base + section->PointerToRawData + (entry - section->VirtualAddress)); /* as in the file */
    CHECK(last == section);
    CHECK(!ImageRvaToVa(nt, base, 0x7fffffff, NULL));
}

TEST(search_paths)
{
    FUNCTION(BOOL, SymInitializeW, (HANDLE, const WCHAR *, BOOL));
    FUNCTION(BOOL, SymCleanup, (HANDLE));
    FUNCTION(BOOL, SymGetSearchPath, (HANDLE, char *, DWORD));
    FUNCTION(BOOL, SymGetSearchPathW, (HANDLE, WCHAR *, DWORD));
    FUNCTION(BOOL, SymSetSearchPath, (HANDLE, const char *));
    FUNCTION(BOOL, SymSetSearchPathW, (HANDLE, const WCHAR *));
    FUNCTION(BOOL, SymRefreshModuleList, (HANDLE));
    HANDLE self = GetCurrentProcess();
    char path[64];
    WCHAR wide[64];

    CHECK_ERROR(SymSetSearchPath(self, "C:\\a"), ERROR_INVALID_HANDLE);
    CHECK_ERROR(SymGetSearchPathW(self, wide, 64), ERROR_INVALID_HANDLE);
    CHECK(SymInitializeW(self, L"C:\\symbols", TRUE));
    CHECK(SymGetSearchPathW(self, wide, 64));
    CHECK_WSTR(wide, L"C:\\symbols");
    CHECK(SymSetSearchPath(self, "C:\\a;C:\\b"));
    CHECK(SymGetSearchPath(self, path, sizeof path));
    CHECK_STR(path, "C:\\a;C:\\b");
    CHECK(SymSetSearchPathW(self, L"C:\\c"));
    CHECK(SymGetSearchPath(self, path, sizeof path));
    CHECK_STR(path, "C:\\c");
    CHECK(SymRefreshModuleList(self));
    CHECK(SymCleanup(self));
    CHECK(!SymRefreshModuleList(self));
}

TEST(modules_and_names)
{
    FUNCTION(BOOL, SymInitializeW, (HANDLE, const WCHAR *, BOOL));
    FUNCTION(BOOL, SymCleanup, (HANDLE));
    FUNCTION(BOOL, SymGetModuleInfo64, (HANDLE, DWORD64, IMAGEHLP_MODULE64 *));
    FUNCTION(BOOL, SymFromAddrW, (HANDLE, DWORD64, DWORD64 *, SYMBOL_INFOW *));
    FUNCTION(BOOL, SymGetLineFromAddr64, (HANDLE, DWORD64, DWORD *, IMAGEHLP_LINE64 *));
    FUNCTION(BOOL, SymGetLineFromAddrW64, (HANDLE, DWORD64, DWORD *, IMAGEHLP_LINEW64 *));
    HANDLE self = GetCurrentProcess();
    HMODULE module = GetModuleHandleA("ntdll.dll");
    const DWORD64 address = (ULONG_PTR)GetProcAddress(module, "RtlInitUnicodeString");
    IMAGEHLP_MODULE64 info = {.SizeOfStruct = sizeof info};
    union {
        SYMBOL_INFOW info;
        char space[sizeof(SYMBOL_INFOW) + 512];
    } symbol = {.info = {.SizeOfStruct = sizeof(SYMBOL_INFOW), .MaxNameLen = 256}};
    IMAGEHLP_LINE64 line = {.SizeOfStruct = sizeof line};
    IMAGEHLP_LINEW64 wide_line = {.SizeOfStruct = sizeof wide_line};
    DWORD64 displacement = 9;
    DWORD column = 0;

    CHECK(SymInitializeW(self, NULL, TRUE));
    CHECK(SymGetModuleInfo64(self, address, &info));
    CHECK_EQ(info.BaseOfImage, (ULONG_PTR)module);
    CHECK(info.ImageSize > 0x1000);
    CHECK(lstrcmpiA(info.ModuleName, "ntdll") == 0);
    CHECK_ERROR(SymGetModuleInfo64(self, 0x10, &info), ERROR_MOD_NOT_FOUND);
    CHECK(SymFromAddrW(self, address + 2, &displacement, &symbol.info));
    CHECK_EQ(displacement, 2);
    CHECK_WSTR(symbol.info.Name, L"RtlInitUnicodeString");
    if (!harness_is_wine()) { /* reads its own debug data */
        CHECK_ERROR(SymGetLineFromAddr64(self, address, &column, &line), ERROR_INVALID_ADDRESS);
        CHECK_ERROR(SymGetLineFromAddrW64(self, address, &column, &wide_line), ERROR_INVALID_ADDRESS);
    }
    CHECK(!SymGetLineFromAddr64(self, 0x10, &column, &line));
    CHECK(!SymGetLineFromAddrW64(self, 0x10, &column, &wide_line));
    CHECK(SymCleanup(self));
}
