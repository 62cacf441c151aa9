/*
 * The middle of every conversion (convert.c): a whole number, a real one or currency.
 */
#ifndef OLEAUT32_CONVERT_H
#define OLEAUT32_CONVERT_H

struct value {
    enum { VALUE_INTEGER, VALUE_REAL, VALUE_CURRENCY } kind;
    BOOL negative;    /* else the `integer` of VALUE_INTEGER is to be read as unsigned */
    LONGLONG integer; /* VALUE_INTEGER; VALUE_CURRENCY: in ten-thousandths */
    double real;      /* VALUE_REAL */
    BOOL is_exact;    /* VALUE_REAL that was text: `integer` has it in ten-thousandths */
    BOOL is_huge;     /* VALUE_REAL that was a whole number of more than 64 bits */
};

HRESULT convert_to_integer(const struct value *from, LONGLONG low, ULONGLONG high, ULONGLONG *ret_value);
double convert_to_real(const struct value *from);
HRESULT convert_to_date(const struct value *from, double *ret_date);
HRESULT convert_to_currency(const struct value *from, LONGLONG *ret_value); /* in ten-thousandths */
HRESULT convert_parse(const WCHAR *text, LCID lcid, DWORD flags, struct value *ret_value);
HRESULT convert_parse_boolean(const WCHAR *text, LCID lcid, DWORD flags, VARIANT_BOOL *ret_value);
HRESULT convert_integer_text(LONGLONG value, BOOL negative, BSTR *ret_text);
HRESULT convert_real_text(double value, int digits, LCID lcid, DWORD flags, BSTR *ret_text);
HRESULT convert_currency_text(LONGLONG value, LCID lcid, DWORD flags, BSTR *ret_text);
HRESULT convert_date_text(double date, LCID lcid, DWORD flags, BSTR *ret_text);

#endif
