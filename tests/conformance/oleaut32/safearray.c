/*
 * Safe arrays.
 */
#include "harness.h"
#include <ole2.h>
#include <oleauto.h>

TEST(vector)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_I4, 5, 3), *copy = NULL;
    LONG index = 6, value = 42, bound = 0, *data = NULL;
    VARTYPE type = 0;

    CHECK(array != NULL);
    CHECK_EQ(SafeArrayGetDim(array), 1);
    CHECK_EQ(SafeArrayGetElemsize(array), 4);
    CHECK_EQ(SafeArrayGetVartype(array, &type), S_OK);
    CHECK_EQ(type, VT_I4);
    CHECK_EQ(SafeArrayGetLBound(array, 1, &bound), S_OK);
    CHECK_EQ(bound, 5);
    CHECK_EQ(SafeArrayGetUBound(array, 1, &bound), S_OK);
    CHECK_EQ(bound, 7);
    CHECK_EQ(SafeArrayGetUBound(array, 2, &bound), DISP_E_BADINDEX);
    CHECK_EQ(SafeArrayPutElement(array, &index, &value), S_OK);
    value = 0;
    CHECK_EQ(SafeArrayGetElement(array, &index, &value), S_OK);
    CHECK_EQ(value, 42);
    index = 8;
    CHECK_EQ(SafeArrayGetElement(array, &index, &value), DISP_E_BADINDEX);
    index = 4;
    CHECK_EQ(SafeArrayPutElement(array, &index, &value), DISP_E_BADINDEX);
    CHECK_EQ(SafeArrayCopy(array, &copy), S_OK);
    CHECK_EQ(SafeArrayAccessData(copy, (void **)&data), S_OK);
    CHECK_EQ(data[1], 42);
    CHECK_EQ(SafeArrayDestroy(copy), DISP_E_ARRAYISLOCKED);
    CHECK_EQ(SafeArrayUnaccessData(copy), S_OK);
    CHECK_EQ(SafeArrayUnlock(copy), E_UNEXPECTED);
    CHECK_EQ(SafeArrayDestroy(copy), S_OK);
    CHECK_EQ(SafeArrayDestroy(array), S_OK);
    CHECK_EQ(SafeArrayDestroy(NULL), S_OK);
}

TEST(dimensions)
{
    SAFEARRAYBOUND bounds[2] = {{2, 0}, {3, 1}}, larger = {4, 1};
    SAFEARRAY *array = SafeArrayCreate(VT_I2, 2, bounds);
    LONG indices[2] = {1, 2};
    SHORT value = 9, *cell = NULL, *data;

    CHECK(array != NULL);
    CHECK_EQ(SafeArrayPutElement(array, indices, &value), S_OK);
    CHECK_EQ(SafeArrayPtrOfIndex(array, indices, (void **)&cell), S_OK);
    CHECK_EQ(*cell, 9);
    CHECK_EQ(SafeArrayAccessData(array, (void **)&data), S_OK);
    CHECK_EQ(cell - data, 3); /* the first index varies fastest */
    CHECK_EQ(SafeArrayRedim(array, &larger), DISP_E_ARRAYISLOCKED);
    SafeArrayUnaccessData(array);
    CHECK_EQ(SafeArrayRedim(array, &larger), S_OK);
    value = 0;
    CHECK_EQ(SafeArrayGetElement(array, indices, &value), S_OK);
    CHECK_EQ(value, 9);
    CHECK_EQ(SafeArrayDestroy(array), S_OK);
    CHECK(SafeArrayCreate(VT_EMPTY, 1, bounds) == NULL);
}

TEST(strings_and_variants)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, 2);
    BSTR string = SysAllocString(L"one"), read = NULL;
    LONG index = 1;
    VARIANT holder = {0}, copy = {0};

    CHECK_EQ(SafeArrayPutElement(array, &index, string), S_OK);
    SysFreeString(string);
    CHECK_EQ(SafeArrayGetElement(array, &index, &read), S_OK);
    CHECK(read && wcscmp(read, L"one") == 0);
    SysFreeString(read);
    holder.vt = VT_ARRAY | VT_BSTR;
    holder.parray = array;
    CHECK_EQ(VariantCopy(&copy, &holder), S_OK);
    CHECK(copy.parray != array);
    CHECK_EQ(VariantClear(&copy), S_OK);
    CHECK_EQ(VariantClear(&holder), S_OK);
}
