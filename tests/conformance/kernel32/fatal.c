/* Ends that an application asks for when nothing else is left. */
#include "children.h"

/* The harness would see an ordinary exit: these must not get that far. */
CHILD(exits)
{
    FatalExit(55);
    return 1000;
}

CHILD(narrow)
{
    FatalAppExitA(0, "a narrow message");
    return 1000;
}

CHILD(wide)
{
    FatalAppExitW(0, L"a wide message");
    return 1000;
}

CHILD(without_words)
{
    FatalAppExitW(0, NULL);
    return 1000;
}

TEST(fatal_exit)
{
    CHECK_EQ(run_child("exits"), 55);
}

TEST(fatal_messages)
{
    ORACLE_CRASHES("shows a box and waits for somebody to close it");
    CHECK_EQ(run_child("narrow"), 1);
    CHECK_EQ(run_child("wide"), 1);
    CHECK_EQ(run_child("without_words"), 1);
}
