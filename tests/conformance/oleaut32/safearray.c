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

TEST(descriptor_and_data)
{
    SAFEARRAY *array = NULL;
    VARTYPE type = 0;
    LONG index = 0, value = 7;

    CHECK_EQ(SafeArrayAllocDescriptor(0, &array), E_INVALIDARG);
    CHECK_EQ(SafeArrayAllocDescriptor(65536, &array), E_INVALIDARG);
    CHECK_EQ(SafeArrayAllocDescriptor(1, NULL), E_POINTER);
    CHECK_EQ(SafeArrayAllocDescriptor(1, &array), S_OK);
    CHECK_EQ(SafeArrayGetDim(array), 1);
    CHECK(array->pvData == NULL);
    array->cbElements = sizeof(LONG);
    array->rgsabound[0] = (SAFEARRAYBOUND){3, 0};
    CHECK_EQ(SafeArrayAllocData(array), S_OK);
    CHECK(array->pvData != NULL);
    CHECK_EQ(SafeArrayPutElement(array, &index, &value), S_OK);
    CHECK_EQ(((LONG *)array->pvData)[0], 7);
    CHECK_EQ(((LONG *)array->pvData)[2], 0); /* fresh data is zero */
    CHECK_EQ(SafeArrayDestroyData(array), S_OK);
    CHECK(array->pvData == NULL);
    CHECK_EQ(SafeArrayDestroyDescriptor(array), S_OK);
    CHECK_EQ(SafeArrayAllocData(NULL), E_INVALIDARG);
    CHECK_EQ(SafeArrayDestroyData(NULL), E_INVALIDARG);
    CHECK_EQ(SafeArrayDestroyDescriptor(NULL), S_OK);

    CHECK_EQ(SafeArrayAllocDescriptorEx(VT_UI2, 2, &array), S_OK);
    CHECK_EQ(SafeArrayGetVartype(array, &type), S_OK);
    CHECK_EQ(type, VT_UI2);
    CHECK_EQ(SafeArrayGetElemsize(array), 2);
    CHECK_EQ(SafeArrayGetDim(array), 2);
    CHECK_EQ(SafeArrayDestroyDescriptor(array), S_OK);
}

TEST(locks)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, 4);
    CHECK_EQ(SafeArrayLock(array), S_OK);
    CHECK_EQ(SafeArrayLock(array), S_OK);
    CHECK_EQ(array->cLocks, 2);
    CHECK_EQ(SafeArrayDestroyData(array), DISP_E_ARRAYISLOCKED);
    CHECK_EQ(SafeArrayDestroyDescriptor(array), DISP_E_ARRAYISLOCKED);
    CHECK_EQ(SafeArrayUnlock(array), S_OK);
    CHECK_EQ(SafeArrayUnlock(array), S_OK);
    CHECK_EQ(SafeArrayUnlock(array), E_UNEXPECTED);
    CHECK_EQ(SafeArrayLock(NULL), E_INVALIDARG);
    CHECK_EQ(SafeArrayUnlock(NULL), E_INVALIDARG);
    CHECK_EQ(SafeArrayDestroy(array), S_OK);
}

TEST(copying_data)
{
    SAFEARRAY *from = SafeArrayCreateVector(VT_BSTR, 0, 2), *to = SafeArrayCreateVector(VT_BSTR, 5, 2);
    SAFEARRAY *other = SafeArrayCreateVector(VT_BSTR, 0, 3);
    LONG index = 1;
    BSTR text = SysAllocString(L"text"), found = NULL;

    CHECK_EQ(SafeArrayPutElement(from, &index, text), S_OK);
    CHECK_EQ(SafeArrayCopyData(from, to), S_OK);
    index = 6;
    CHECK_EQ(SafeArrayGetElement(to, &index, &found), S_OK);
    CHECK_WSTR(found, L"text");
    CHECK(((BSTR *)to->pvData)[1] != ((BSTR *)from->pvData)[1]); /* strings of its own */
    CHECK_EQ(SafeArrayCopyData(from, other), E_INVALIDARG);
    CHECK_EQ(SafeArrayCopyData(NULL, to), E_INVALIDARG);
    CHECK_EQ(SafeArrayCopyData(from, NULL), E_INVALIDARG);
    SysFreeString(text);
    SysFreeString(found);
    SafeArrayDestroy(from);
    SafeArrayDestroy(to);
    SafeArrayDestroy(other);
}

TEST(interfaces)
{
    SAFEARRAYBOUND bound = {2, 0};
    GUID iid = IID_IUnknown, found;
    SAFEARRAY *array = SafeArrayCreateEx(VT_UNKNOWN, 1, &bound, &iid);

    CHECK(array != NULL);
    CHECK_EQ(SafeArrayGetIID(array, &found), S_OK);
    CHECK(IsEqualGUID(&found, &IID_IUnknown));
    CHECK_EQ(SafeArraySetIID(array, &IID_IDispatch), S_OK);
    CHECK_EQ(SafeArrayGetIID(array, &found), S_OK);
    CHECK(IsEqualGUID(&found, &IID_IDispatch));
    CHECK_EQ(SafeArrayGetIID(array, NULL), E_INVALIDARG);
    CHECK_EQ(SafeArrayGetIID(NULL, &found), E_INVALIDARG);
    CHECK_EQ(SafeArraySetIID(NULL, &found), E_INVALIDARG);
    SafeArrayDestroy(array);

    array = SafeArrayCreateVectorEx(VT_DISPATCH, 0, 1, NULL);
    CHECK_EQ(SafeArrayGetIID(array, &found), S_OK);
    CHECK(IsEqualGUID(&found, &IID_IDispatch));
    SafeArrayDestroy(array);
    array = SafeArrayCreateVectorEx(VT_I4, 0, 1, NULL);
    CHECK_EQ(SafeArrayGetIID(array, &found), E_INVALIDARG);
    CHECK_EQ(SafeArraySetIID(array, &IID_IUnknown), E_INVALIDARG);
    SafeArrayDestroy(array);
    array = SafeArrayCreateEx(VT_I2, 1, &bound, NULL);
    CHECK_EQ(SafeArrayGetElemsize(array), 2);
    SafeArrayDestroy(array);
    CHECK(SafeArrayCreateEx(VT_I2, 1, NULL, NULL) == NULL);
    CHECK(SafeArrayCreateVectorEx(VT_NULL, 0, 1, NULL) == NULL);
}
