/* Atoms. */
#include "../harness.h"

TEST(local_atoms)
{
    char name[64];
    ATOM atom = AddAtomA("Gastwirt");
    CHECK(atom >= 0xc000);
    CHECK_EQ(AddAtomA("GASTWIRT"), atom);
    CHECK_EQ(FindAtomW(L"gastwirt"), atom);
    CHECK_EQ(GetAtomNameA(atom, name, sizeof name), 8u);
    CHECK_STR(name, "Gastwirt");
    CHECK_EQ(DeleteAtom(atom), 0);
    CHECK_EQ(FindAtomA("gastwirt"), atom);
    CHECK_EQ(DeleteAtom(atom), 0);
    CHECK_ERROR(FindAtomA("gastwirt"), ERROR_FILE_NOT_FOUND);
    CHECK_EQ(DeleteAtom(atom), atom);
    CHECK_EQ(AddAtomA("#123"), 123);
    CHECK_EQ(GetAtomNameA(123, name, sizeof name), 4u);
    CHECK_STR(name, "#123");
    CHECK_EQ(GlobalFindAtomA("never added"), 0);
}
