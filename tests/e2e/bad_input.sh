# What is not a program we can run is declined in one line with a non-zero status; a mangled one is
# declined or starts, but never crashes or hangs the loader.
. "$SRCDIR/tests/e2e/lib.inc"
exe=$BUILD/tests/x86_64/smoke/hello.exe
exe32=$BUILD/tests/i686/smoke/hello.exe

declined() { # file text: one line on stderr, status 126, nothing on stdout
    code=0
    timeout 10 "$RUN" "$1" >out 2>err </dev/null || code=$?
    same 126 "$code"
    same 1 "$(wc -l <err)"
    same 0 "$(wc -c <out)"
    grep -qi "$2" err || { cat err; return 1; }
}

not_found() {
    status 127 "$RUN" no-such-program.exe 2>err
    grep -q 'no-such-program.exe: not found' err
}

other_kinds() {
    echo 'just a text' >text.exe && declined text.exe 'not a'
    : >empty.exe && declined empty.exe 'run: empty.exe: '
    cp "$RUN" elf.exe && declined elf.exe 'run: elf.exe: '
    printf 'MZ%0200d' 0 >dos.exe && declined dos.exe 'run: dos.exe: '
    cp "$exe" arm.exe && python3 - arm.exe 'AA64' <<'P'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
pe = struct.unpack_from("<I", data, 60)[0]
struct.pack_into("<H", data, pe + 4, 0xAA64)
open(sys.argv[1], "wb").write(data)
P
    declined arm.exe 'arm'
}

truncated_everywhere() {
    python3 - "$exe" "$RUN" <<'P'
import struct, subprocess, sys
data = open(sys.argv[1], "rb").read()
pe = struct.unpack_from("<I", data, 60)[0]
sections = struct.unpack_from("<H", data, pe + 6)[0]
optional = struct.unpack_from("<H", data, pe + 20)[0]
table = pe + 24 + optional
cuts = {1, 2, 59, 60, 63, 64, pe - 1, pe, pe + 3, pe + 4, pe + 23, pe + 24, pe + 26, table - 1, table}
cuts |= {table + 40 * i + d for i in range(sections + 1) for d in (-1, 0)}
for i in range(sections):
    raw, size = struct.unpack_from("<II", data, table + 40 * i + 16)[1], struct.unpack_from("<I", data, table + 40 * i + 16)[0]
    cuts |= {raw, raw + size // 2, raw + size - 1}
for cut in sorted(c for c in cuts if 0 < c < len(data)):
    with open("cut.exe", "wb") as f:
        f.write(data[:cut])
    result = subprocess.run([sys.argv[2], "cut.exe"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
    assert result.returncode in (126, 0, 1) or result.stderr, (cut, result)
    assert result.returncode != 0 or b"1 passed" in result.stdout, (cut, result)
    assert b"internal error" not in result.stderr, (cut, result)
P
}

mutated_headers() {
    timeout 300 python3 "$SRCDIR/tests/e2e/mutate.py" "$RUN" "$exe" 20221 2000 headers
}

mutated_headers_i686() {
    timeout 300 python3 "$SRCDIR/tests/e2e/mutate.py" "$RUN" "$exe32" 20222 1000 headers
}

mutated_directories() {
    timeout 300 python3 "$SRCDIR/tests/e2e/mutate.py" "$RUN" "$exe" 20223 500 directories &&
        timeout 300 python3 "$SRCDIR/tests/e2e/mutate.py" "$RUN" "$exe32" 20224 500 directories
}

t not_found not_found
t other_kinds other_kinds
t truncated_everywhere truncated_everywhere
t mutated_headers mutated_headers
t mutated_headers_i686 mutated_headers_i686
t mutated_directories mutated_directories
finish
