# Real third-party programs doing real work: Go, Rust, Haskell, MSVC, mingw; some of them for both architectures.
. "$SRCDIR/tests/e2e/lib.inc"
apps=$BUILD/apps
wine=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows

# The tools of Debian's wine are Windows programs like any other.
other_cmd() {
    printf '@echo off\r\nset /a x=6*7\r\necho X=%%x%%\r\nmkdir d\\e\r\ncopy t.bat d\\e\\u.bat >nul\r\ndir /b d\\e\r\nexit /b 5\r\n' >t.bat
    status 5 "$RUN" "$wine/cmd.exe" /c t.bat >out
    same 'X=42
u.bat' "$(tr -d '\r' <out)"
}

other_xcopy() {
    mkdir -p from/a/b
    seq 1 1000 >from/a/b/numbers
    "$RUN" "$wine/xcopy.exe" from to /e /i /y
    cmp to/a/b/numbers from/a/b/numbers
}

other_reg() {
    "$RUN" "$wine/reg.exe" add 'HKCU\Software\Other' /v A /t REG_SZ /d hello /f
    "$RUN" "$wine/reg.exe" query 'HKCU\Software\Other' /v A | tr -d '\r' | grep -q 'REG_SZ *hello$'
    "$RUN" reg.exe query 'HKCU\Software\Other' /v A | tr -d '\r' | grep -q 'REG_SZ *hello$'
    "$RUN" "$wine/reg.exe" delete 'HKCU\Software\Other' /f
}

if ! command -v npm >/dev/null; then
    skip apps "npm is not installed"
    finish
    exit
fi
sh "$SRCDIR/tests/apps/fetch.sh" "$apps" || exit 1
[ -d "$wine" ] || wine=$apps/wine$wine
for tool in cmd xcopy reg; do
    t "other_$tool" "other_$tool"
done

esbuild_bundles() {
    echo 'export const add = (a, b) => a + b' >m.js
    printf 'import { add } from "./m.js"\nconsole.log(add(40, 2))\n' >a.js
    "$RUN" "$apps/esbuild/esbuild.exe" a.js --bundle --minify --sourcemap --outfile=out.js
    grep -q 'console.log' out.js
    grep -q '"m.js"' out.js.map
}

buildifier_formats() {
    echo 'cc_library(srcs=["b.c","a.c"],name="x")' >BUILD
    "$RUN" "$apps/buildifier/buildifier.exe" BUILD
    grep -q '    name = "x",' BUILD
}

lightningcss_minifies() {
    echo '.a { color: #ff0000; margin: 0px 0px 0px 0px }' >a.css
    "$RUN" "$apps/lightningcss/lightningcss.exe" --minify a.css -o b.css
    same '.a{color:red;margin:0}' "$(tr -d '\r\n' <b.css)"
}

sevenzip_round_trip() {
    seq 1 20000 >numbers.txt
    head -c 100000 "$apps/7zip/win/$1/7za.exe" >binary
    "$RUN" "$apps/7zip/win/$1/7za.exe" a -mx9 x.7z numbers.txt binary
    "$RUN" "$apps/7zip/win/$1/7za.exe" t x.7z | grep -q 'Everything is Ok'
    mkdir o && cd o
    "$RUN" "$apps/7zip/win/$1/7za.exe" x ../x.7z
    cmp numbers.txt ../numbers.txt
    cmp binary ../binary
}

rcedit_edits_resources() {
    cp "$apps/rcedit/bin/$1" v.exe
    "$RUN" v.exe --help >/dev/null 2>&1 || :
    "$RUN" "$apps/rcedit/bin/$1" v.exe --set-file-version 9.8.7.6 --set-version-string ProductName Corpus
    same Corpus "$("$RUN" "$apps/rcedit/bin/$1" v.exe --get-version-string ProductName | tr -d '\r')"
}

fastlist_lists_itself() {
    "$RUN" "$apps/fastlist/vendor/$1" | grep -q "$1"
}

elm_format_formats() {
    printf 'module A exposing (..)\nx=1\nf a b=a+b\n' >A.elm
    "$RUN" "$apps/elm-format/elm-format.exe" A.elm --output B.elm
    grep -q '^x =' B.elm
    grep -q 'a + b' B.elm
}

hermesc_compiles() {
    echo 'print(function f(n){return n<2?n:f(n-1)+f(n-2)}(10))' >a.js
    "$RUN" "$apps/hermes/win64-bin/hermesc.exe" -emit-binary -O -out a.hbc a.js
    same 'c61fbc03' "$(head -c 4 a.hbc | od -An -tx1 | tr -d ' ')"
}

hmac256_computes() {
    printf 'what do ya want for nothing?' >m
    "$RUN" "$apps/libgcrypt/usr/$1-w64-mingw32/bin/hmac256.exe" Jefe m >out
    # RFC 4231, test case 2
    grep -q 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843 out
}

# cmake and ninja as guests, the compiler as a program of the host, through cmd as well; what comes out runs.
cmake_builds() {
    mkdir src
    cat >src/CMakeLists.txt <<'M'
cmake_minimum_required(VERSION 3.10)
project(hello C)
add_library(part STATIC part.c)
add_executable(hello hello.c)
target_link_libraries(hello part)
M
    echo 'int part(void) { return 42; }' >src/part.c
    printf '#include <stdio.h>\nint part(void);\nint main(void) { printf("built %%d\\n", part()); return 0; }\n' >src/hello.c
    timeout 200 "$RUN" "$apps/cmake/bin/cmake.exe" -G Ninja -S src -B out -DCMAKE_SYSTEM_NAME=Windows \
        -DCMAKE_C_COMPILER=Z:/usr/bin/x86_64-w64-mingw32-gcc -DCMAKE_MAKE_PROGRAM="Z:$apps/ninja/win32/ninja.exe"
    timeout 200 "$RUN" "$apps/cmake/bin/cmake.exe" --build out
    same 'built 42' "$("$RUN" out/hello.exe | tr -d '\r')"
    sed -i 's/42/43/' src/part.c
    timeout 200 "$RUN" "$apps/cmake/bin/cmake.exe" --build out
    same 'built 43' "$("$RUN" out/hello.exe | tr -d '\r')"
}

t cmake_builds cmake_builds
t esbuild_bundles esbuild_bundles
t buildifier_formats buildifier_formats
t lightningcss_minifies lightningcss_minifies
t sevenzip_round_trip sevenzip_round_trip x64
t sevenzip_round_trip_i386 sevenzip_round_trip ia32
t rcedit_edits_resources rcedit_edits_resources rcedit-x64.exe
t rcedit_edits_resources_i386 rcedit_edits_resources rcedit.exe
t fastlist_lists_itself fastlist_lists_itself fastlist-0.3.0-x64.exe
t fastlist_lists_itself_i386 fastlist_lists_itself fastlist-0.3.0-x86.exe
t elm_format_formats elm_format_formats
t hermesc_compiles hermesc_compiles
t hmac256_computes hmac256_computes x86_64
t hmac256_computes_i386 hmac256_computes i686
finish
