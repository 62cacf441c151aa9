/*
 * VARIANTs changing their type, and automation's time.
 */
#define COBJMACROS
#include "harness.h"
#include <ole2.h>
#include <oleauto.h>

static VARIANT number(VARTYPE type, LONGLONG value)
{
    VARIANT variant = {0};
    variant.vt = type;
    variant.llVal = value;
    return variant;
}

static VARIANT real(double value)
{
    VARIANT variant = {0};
    variant.vt = VT_R8;
    variant.dblVal = value;
    return variant;
}

static VARIANT text(const WCHAR *value)
{
    VARIANT variant = {0};
    variant.vt = VT_BSTR;
    variant.bstrVal = SysAllocString(value);
    return variant;
}

#define ENGLISH 0x409

static void check_number(VARIANT from, VARTYPE type, HRESULT expected, LONGLONG value)
{
    VARIANT to = {0};
    HRESULT result = VariantChangeTypeEx(&to, &from, ENGLISH, 0, type);

    CHECK_EQ(result, expected);
    if (SUCCEEDED(result)) {
        CHECK_EQ(to.vt, type);
        VARIANT wide = {0};
        CHECK_EQ(VariantChangeTypeEx(&wide, &to, ENGLISH, 0, VT_I8), S_OK);
        CHECK_EQ(wide.llVal, value);
    }
    VariantClear(&from);
}

static void check_text(VARIANT from, USHORT flags, const WCHAR *expected)
{
    VARIANT to = {0};
    CHECK_EQ(VariantChangeTypeEx(&to, &from, ENGLISH, flags, VT_BSTR), S_OK);
    if (to.vt != VT_BSTR || wcscmp(to.bstrVal, expected))
        FAIL("\"%ls\", not \"%ls\"", to.vt == VT_BSTR ? to.bstrVal : L"", expected);
    VariantClear(&to);
    VariantClear(&from);
}

TEST(to_numbers)
{
    check_number(number(VT_I4, 200), VT_UI1, S_OK, 200);
    check_number(number(VT_I4, 300), VT_UI1, DISP_E_OVERFLOW, 0);
    check_number(number(VT_I4, (ULONG)-1), VT_UI1, DISP_E_OVERFLOW, 0);
    check_number(number(VT_I2, (USHORT)-5), VT_I4, S_OK, -5);
    check_number(real(2.5), VT_I4, S_OK, 2);
    check_number(real(3.5), VT_I4, S_OK, 4);
    check_number(real(-2.5), VT_I4, S_OK, -2);
    check_number(real(3e9), VT_I4, DISP_E_OVERFLOW, 0);
    check_number(real(3e9), VT_UI4, S_OK, 3000000000LL);
    check_number(text(L" 42 "), VT_I4, S_OK, 42);
    check_number(text(L"-1,234.5"), VT_I4, S_OK, -1234);
    check_number(text(L"&H1F"), VT_I4, S_OK, 31);
    check_number(text(L"1e3"), VT_I4, S_OK, 1000);
    check_number(text(L"12x"), VT_I4, DISP_E_TYPEMISMATCH, 0);
    check_number(text(L""), VT_I4, DISP_E_TYPEMISMATCH, 0);
    check_number(number(VT_EMPTY, 0), VT_I4, S_OK, 0);
    check_number(number(VT_NULL, 0), VT_I4, DISP_E_TYPEMISMATCH, 0);
    check_number(number(VT_BOOL, (USHORT)-1), VT_I4, S_OK, -1);
    check_number(number(VT_BOOL, (USHORT)-1), VT_UI1, S_OK, 255);
    check_number(number(VT_I4, 5), VT_BOOL, S_OK, -1);
    check_number(text(L"True"), VT_BOOL, S_OK, -1);
    check_number(text(L"false"), VT_BOOL, S_OK, 0);
    check_number(text(L"maybe"), VT_BOOL, DISP_E_TYPEMISMATCH, 0);
    check_number(number(VT_I4, 5), VT_ERROR + 0x900, DISP_E_BADVARTYPE, 0);
}

TEST(to_text)
{
    check_text(number(VT_I4, (ULONG)-17), 0, L"-17");
    check_text(number(VT_UI4, 0xffffffff), 0, L"4294967295");
    check_text(number(VT_UI8, -1), 0, L"18446744073709551615");
    check_text(real(0.5), 0, L"0.5");
    check_text(real(1234567.25), 0, L"1234567.25");
    check_text(real(1e20), 0, L"1E+20");
    check_text(real(1.0 / 3), 0, L"0.333333333333333");
    check_text(number(VT_BOOL, (USHORT)-1), 0, L"-1");
    check_text(number(VT_BOOL, (USHORT)-1), VARIANT_ALPHABOOL, L"True");
    check_text(number(VT_CY, 12345600), 0, L"1234.56");
    check_text(number(VT_CY, -5000), 0, L"-0.5");
    check_text(number(VT_EMPTY, 0), 0, L"");
}

TEST(init)
{
    VARIANT variant;
    memset(&variant, 0x55, sizeof variant);
    VariantInit(&variant);
    CHECK_EQ(variant.vt, VT_EMPTY);
    CHECK_EQ(VariantClear(&variant), S_OK);
}

TEST(references)
{
    LONG value = 77;
    VARIANT from = {0}, to = {0};

    from.vt = VT_I4 | VT_BYREF;
    from.plVal = &value;
    CHECK_EQ(VariantChangeType(&to, &from, 0, VT_I2), S_OK);
    CHECK_EQ(to.iVal, 77);
    CHECK_EQ(VariantCopyInd(&to, &from), S_OK);
    CHECK_EQ(to.vt, VT_I4);
    CHECK_EQ(to.lVal, 77);
    CHECK_EQ(VariantCopy(&to, &from), S_OK);
    CHECK_EQ(to.vt, VT_I4 | VT_BYREF);
    to = text(L"9");
    CHECK_EQ(VariantChangeType(&to, &to, 0, VT_I4), S_OK);
    CHECK_EQ(to.lVal, 9);
}

TEST(functions_by_name)
{
    LONG i4 = 0;
    BSTR string = NULL;
    CY money;
    FLOAT single;

    CHECK_EQ(VarI4FromR8(7.5, &i4), S_OK);
    CHECK_EQ(i4, 8);
    CHECK_EQ(VarBstrFromI4(-3, ENGLISH, 0, &string), S_OK);
    CHECK(wcscmp(string, L"-3") == 0);
    SysFreeString(string);
    CHECK_EQ(VarCyFromR8(1.25, &money), S_OK);
    CHECK_EQ(money.int64, 12500);
    CHECK_EQ(VarR4FromR8(1e300, &single), DISP_E_OVERFLOW);
    CHECK_EQ(VarBstrFromBool(VARIANT_TRUE, ENGLISH, 0, &string), S_OK);
    CHECK(wcscmp(string, L"True") == 0);
    SysFreeString(string);
}

TEST(dates)
{
    SYSTEMTIME time = {.wYear = 2000, .wMonth = 2, .wDay = 29, .wHour = 18}, back;
    double date = 0;
    USHORT dos_date, dos_time;

    CHECK_EQ(SystemTimeToVariantTime(&time, &date), TRUE);
    CHECK(date == 36585.75);
    CHECK_EQ(VariantTimeToSystemTime(date, &back), TRUE);
    CHECK(back.wYear == 2000 && back.wMonth == 2 && back.wDay == 29 && back.wHour == 18 && back.wMinute == 0);
    CHECK_EQ(back.wDayOfWeek, 2);
    CHECK_EQ(VariantTimeToSystemTime(-1.25, &back), TRUE);
    CHECK(back.wYear == 1899 && back.wMonth == 12 && back.wDay == 29 && back.wHour == 6);
    CHECK_EQ(VariantTimeToSystemTime(0, &back), TRUE);
    CHECK(back.wYear == 1899 && back.wMonth == 12 && back.wDay == 30);
    CHECK_EQ(VariantTimeToSystemTime(3000000, &back), FALSE);
    CHECK_EQ(VariantTimeToDosDateTime(date, &dos_date, &dos_time), TRUE);
    CHECK_EQ(DosDateTimeToVariantTime(dos_date, dos_time, &date), TRUE);
    CHECK(date == 36585.75);
    CHECK_EQ(VariantTimeToDosDateTime(0, &dos_date, &dos_time), FALSE);
}

TEST(error_information)
{
    ICreateErrorInfo *create = NULL;
    IErrorInfo *info = NULL;
    BSTR string = NULL;

    CHECK_EQ(CreateErrorInfo(&create), S_OK);
    CHECK_EQ(ICreateErrorInfo_SetDescription(create, (LPOLESTR)L"it broke"), S_OK);
    CHECK_EQ(ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&info), S_OK);
    CHECK_EQ(SetErrorInfo(0, info), S_OK);
    IErrorInfo_Release(info);
    ICreateErrorInfo_Release(create);
    CHECK_EQ(GetErrorInfo(0, &info), S_OK);
    CHECK_EQ(IErrorInfo_GetDescription(info, &string), S_OK);
    CHECK(wcscmp(string, L"it broke") == 0);
    SysFreeString(string);
    CHECK_EQ(IErrorInfo_Release(info), 0);
    CHECK_EQ(GetErrorInfo(0, &info), S_FALSE);
    CHECK(info == NULL);
    CHECK_EQ(GetErrorInfo(0, NULL), E_INVALIDARG);
}
