# The batch language, a file a topic: batch/TOPIC.bat prints batch/TOPIC.out, which is what documented behaviour says.
# Where Debian's wine prints something else, batch/TOPIC.wine says why, section by section
# (tests/e2e/batch/oracle.py compares).
. "$SRCDIR/tests/e2e/lib.inc"

prints_what_is_documented() { # TOPIC ARCHITECTURE
    sed 's/$/\r/' "$SRCDIR/tests/e2e/batch/$1.bat" >"$1.bat"
    code=0
    timeout 60 "$RUN" --state state "$BUILD/system/$2/cmd.exe" /c "$1.bat" >out 2>&1 </dev/null || code=$?
    echo "exit status $code" >>out
    tr -d '\r\f' <out >plain
    diff "$SRCDIR/tests/e2e/batch/$1.out" plain
}

for topic in "$SRCDIR"/tests/e2e/batch/*.bat; do
    topic=$(basename "$topic" .bat)
    for arch in x86_64 i686; do
        [ ! -f "$BUILD/system/$arch/cmd.exe" ] || t "${topic}_$arch" prints_what_is_documented "$topic" $arch
    done
done
finish
