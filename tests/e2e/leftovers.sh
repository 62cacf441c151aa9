# The test driver itself: a test that leaves a process, a file or a session's socket behind fails, and is named.
. "$SRCDIR/tests/e2e/lib.inc"
mkdir -p tree/tests/conformance/some build/tests/x86_64/some
for topic in clean process orphan file socket; do
    >tree/tests/conformance/some/$topic.c
    >build/tests/x86_64/some/$topic.exe
done

# Takes the place of `run`; what the "programs" do is in their name.
cat >runner <<'S2'
#!/bin/sh
echo "ok something"
case $1 in
*/process.exe) sleep 60 & ;;
*/orphan.exe) (env -i GASTWIRT_TEST="$GASTWIRT_TEST" setsid sleep 60 </dev/null >/dev/null 2>&1 &) ;;
*/file.exe) >"$TMPDIR/forgotten" ;;
*/socket.exe) mkdir "$XDG_RUNTIME_DIR/gastwirt" && >"$XDG_RUNTIME_DIR/gastwirt/x.socket" ;;
esac
echo "1 passed, 0 failed, 0 skipped"
S2
chmod +x runner

driver() { # TOPIC
    python3 "$SRCDIR/tests/run.py" --build "$base/build" --srcdir "$base/tree" --arches x86_64 --runner "$base/runner" \
        some/"$1"
}

leaves_nothing() {
    status 0 driver clean >out
    grep -q "^1 passed, 0 failed" out
}

leaves() { # TOPIC WHAT
    status 1 driver "$1" >out
    cat out
    grep -q "$2" out
    grep -q "^FAIL some/$1 (x86_64): leaves something behind" out
    grep -q "^1 passed, 1 failed" out
}

t "a test that leaves nothing passes" leaves_nothing
t "one that leaves a process fails" leaves process "left running: [0-9]* sleep 60"
t "one that leaves a process to others fails" leaves orphan "left running: [0-9]* sleep 60"
t "one that leaves a file fails" leaves file "left behind: tmp/forgotten"
t "one that leaves a session's folder fails" leaves socket "left behind: runtime/gastwirt"
finish
