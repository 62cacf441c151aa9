# The screen, the keyboard and the rest of the console on a pseudo-terminal: the conformance tests that need one, for each architecture.
. "$SRCDIR/tests/e2e/lib.inc"

on_terminal() {
    python3 "$SRCDIR/tests/e2e/screen.py" "$RUN" "$BUILD/tests/$1/kernel32/$2.exe" >out
    cat out
    ! grep -q '^elsewhere' out
    grep -q ' passed, 0 failed, 0 skipped$' out
}

for arch in x86_64 i686; do
    for topic in screen keyboard; do
        if [ -f "$BUILD/tests/$arch/kernel32/$topic.exe" ]; then
            t "${topic}_$arch" on_terminal "$arch" "$topic"
        else
            skip "${topic}_$arch" "its programs were not built"
        fi
    done
done
finish
