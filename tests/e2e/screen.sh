# The screen, the keyboard and the rest of the console on a pseudo-terminal: the conformance tests that need one, for each architecture.
. "$SRCDIR/tests/e2e/lib.inc"

on_terminal() {
    python3 "$SRCDIR/tests/e2e/screen.py" "$RUN" "$BUILD/tests/$1/kernel32/screen.exe" >out
    cat out
    ! grep -q '^elsewhere' out
    grep -q ' passed, 0 failed, 0 skipped$' out
}

for arch in x86_64 i686; do
    if [ -x "$BUILD/tests/$arch/kernel32/screen.exe" ] || [ -f "$BUILD/tests/$arch/kernel32/screen.exe" ]; then
        t "terminal_$arch" on_terminal "$arch"
    else
        skip "terminal_$arch" "its programs were not built"
    fi
done
finish
