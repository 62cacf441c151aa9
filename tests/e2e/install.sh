# An installation runs wherever it is put.
. "$SRCDIR/tests/e2e/lib.inc"

moved_installation() {
    make -s -C "$(dirname "$RUN")" install DESTDIR="$PWD/stage" PREFIX=/opt/x
    mv stage/opt/x here
    cp "$BUILD/tests/x86_64/smoke/hello.exe" .
    here/bin/run hello.exe | grep -q '1 passed'
    same hi "$(here/bin/run cmd /c echo hi | tr -d '\r')"
    test -f here/share/man/man1/run.1
    here/bin/run --check hello.exe | grep -q 'nothing is missing'
}

t moved_installation moved_installation
finish
