/* unit: loader/wow/layout.c loader/wow/i386_context.c */
/*
 * Conversions between 64-bit and i386 structures: layouts, and thread contexts.
 */
#include "wow/layout.h"
#include "wow/wow.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(sizes)
{
    ck_assert_uint_eq(wow_size("2pip3i", true), 48); /* MEMORY_BASIC_INFORMATION */
    ck_assert_uint_eq(wow_size("2pip3i", false), 28);
    ck_assert_uint_eq(wow_size("ssp", true), 16); /* UNICODE_STRING */
    ck_assert_uint_eq(wow_size("ssp", false), 8);
    ck_assert_uint_eq(wow_size("(2li2pip2i)6l4p", true), 0x90); /* extended job limits */
    ck_assert_uint_eq(wow_size("(2li2pip2i)6l4p", false), 0x70);
    ck_assert_uint_eq(wow_size("il", true), 16); /* 64-bit numbers are aligned in both */
    ck_assert_uint_eq(wow_size("il", false), 16);
    ck_assert_uint_eq(wow_size("b", false), 1);
    ck_assert_uint_eq(wow_size("2p(bp)b", true), 40);
    ck_assert_uint_eq(wow_size("2p(bp)b", false), 20);
    ck_assert_uint_eq(wow_size("", true), 0);
}
END_TEST

struct wide {
    uint8_t byte;
    void *pointer;
    uint32_t word;
    uint64_t number;
    uint16_t halves[3];
    void *last;
};
struct narrow {
    uint8_t byte;
    uint32_t pointer;
    uint32_t word;
    uint64_t number;
    uint16_t halves[3];
    uint32_t last;
};
#define LAYOUT "bpil3sp"

START_TEST(there_and_back)
{
    struct wide wide = {1, (void *)0x12345678, 3, 0x123456789abcdefull, {5, 6, 7}, (void *)0xfffffff0ull},
                back;
    struct narrow narrow;
    ck_assert_uint_eq(wow_size(LAYOUT, true), sizeof wide);
    ck_assert_uint_eq(wow_size(LAYOUT, false), sizeof narrow);
    memset(&narrow, 0xcc, sizeof narrow);
    wow_narrow(LAYOUT, &wide, &narrow, NULL);
    ck_assert_uint_eq(narrow.byte, 1);
    ck_assert_uint_eq(narrow.pointer, 0x12345678);
    ck_assert_uint_eq(narrow.word, 3);
    ck_assert_uint_eq(narrow.number, 0x123456789abcdefull);
    ck_assert_uint_eq(narrow.halves[2], 7);
    ck_assert_uint_eq(narrow.last, 0xfffffff0);
    memset(&back, 0xcc, sizeof back);
    wow_widen(LAYOUT, &narrow, &back);
    ck_assert_ptr_eq(back.pointer, wide.pointer);
    ck_assert_ptr_eq(back.last, wide.last); /* zero-extended */
    ck_assert_uint_eq(back.number, wide.number);
}
END_TEST

/* A counted string with its text behind it moves to the guest's address. */
START_TEST(relocation)
{
    struct {
        uint16_t length, maximum;
        void *text;
        char behind[16];
    } wide = {4, 6, NULL, "text"};
    struct wow_relocation relocation = {(uint64_t)&wide, sizeof wide, 0x400000, 16, 8};
    uint32_t narrow[2];
    wide.text = wide.behind + 2;
    wow_narrow("ssp", &wide, narrow, &relocation);
    ck_assert_uint_eq(narrow[1], 0x400000 + 8 + 2);
    wide.text = (void *)0x5000; /* not into the buffer */
    wow_narrow("ssp", &wide, narrow, &relocation);
    ck_assert_uint_eq(narrow[1], 0x5000);
    wide.text = NULL;
    wow_narrow("ssp", &wide, narrow, &relocation);
    ck_assert_uint_eq(narrow[1], 0);
}
END_TEST

START_TEST(context_parts)
{
    CONTEXT full = {.Rip = 0x401000,
                    .Rsp = 0x23ff00,
                    .Rbp = 0x23ff10,
                    .Rax = 1,
                    .Rbx = 2,
                    .Rcx = 3,
                    .Rdx = 4,
                    .Rsi = 5,
                    .Rdi = 6,
                    .EFlags = 0x246};
    CONTEXT32 narrow;
    memset(&narrow, 0, sizeof narrow);
    narrow.ContextFlags = CONTEXT32_CONTROL;
    wow_context_get(&full, &narrow);
    ck_assert_uint_eq(narrow.Eip, 0x401000);
    ck_assert_uint_eq(narrow.Esp, 0x23ff00);
    ck_assert_uint_eq(narrow.Ebp, 0x23ff10);
    ck_assert_uint_eq(narrow.SegCs, 0x23);
    ck_assert_uint_eq(narrow.Eax, 0);
    narrow.ContextFlags = CONTEXT32_INTEGER;
    wow_context_get(&full, &narrow);
    ck_assert_uint_eq(narrow.Edi, 6);
    narrow.Edi = 66;
    narrow.Eip = 0x500000;
    wow_context_set(&full, &narrow);
    ck_assert_uint_eq(full.Rdi, 66);
    ck_assert_uint_eq(full.Rip, 0x401000); /* not named by the flags */
    narrow.ContextFlags = CONTEXT32_CONTROL;
    narrow.EFlags = 0xffffffff;
    wow_context_set(&full, &narrow);
    ck_assert_uint_eq(full.Rip, 0x500000);
    ck_assert(!(full.EFlags & 0x3000)); /* IOPL is the system's */
    ck_assert_uint_eq(full.SegCs, 0x23);
}
END_TEST

/* The x87 state goes through FSAVE's layout: values by stack place, tags by register. */
START_TEST(float_state)
{
    CONTEXT full, back;
    CONTEXT32 narrow;
    static const uint8_t one[10] = {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f};
    memset(&full, 0, sizeof full);
    memset(&narrow, 0, sizeof narrow);
    full.FltSave.ControlWord = 0x37f;
    full.FltSave.StatusWord = 6 << 11; /* two values: registers 6 and 7 */
    full.FltSave.TagWord = 0xc0;
    memcpy(&full.FltSave.FloatRegisters[0], one, 10); /* ST(0) is 1, ST(1) is 0 */
    narrow.ContextFlags = CONTEXT32_FLOATING_POINT;
    wow_context_get(&full, &narrow);
    ck_assert_uint_eq(narrow.FloatSave.ControlWord & 0xffff, 0x37f);
    ck_assert_uint_eq(narrow.FloatSave.TagWord & 0xffff, 0x4fff); /* zero in 7, valid in 6 */
    ck_assert_mem_eq(narrow.FloatSave.RegisterArea, one, 10);
    memset(&back, 0, sizeof back);
    wow_context_set(&back, &narrow);
    ck_assert_uint_eq(back.FltSave.TagWord, 0xc0);
    ck_assert_uint_eq(back.FltSave.StatusWord, 6 << 11);
    ck_assert_mem_eq(&back.FltSave.FloatRegisters[0], one, 10);

    /* the extended registers win over it */
    narrow.ContextFlags = CONTEXT32_FLOATING_POINT | CONTEXT32_EXTENDED_REGISTERS;
    full.MxCsr = 0x1fa0;
    full.FltSave.ControlWord = 0x27f;
    full.FltSave.XmmRegisters[7].Low = 77;
    wow_context_get(&full, &narrow);
    narrow.FloatSave.ControlWord = 0x123;
    wow_context_set(&back, &narrow);
    ck_assert_uint_eq(back.FltSave.ControlWord, 0x27f);
    ck_assert_uint_eq(back.MxCsr, 0x1fa0);
    ck_assert_uint_eq(back.FltSave.XmmRegisters[7].Low, 77);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wow");
    TCase *cases = tcase_create("wow");
    tcase_add_test(cases, sizes);
    tcase_add_test(cases, there_and_back);
    tcase_add_test(cases, relocation);
    tcase_add_test(cases, context_parts);
    tcase_add_test(cases, float_state);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
