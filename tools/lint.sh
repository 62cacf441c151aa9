#!/bin/sh
# lint.sh SRCDIR: layout (clang-format), cppcheck and clang-tidy over the host code, house rules over
# everything, and no function without a test. Exits non-zero if anything is found.
set -u
cd "$1" || exit 1
bad=0
sources=$(git ls-files '*.c' '*.h' '*.cpp')
host=$(git ls-files 'loader/*.c' 'server/*.c' 'dlls/*/host.c' 'dlls/*/host/*.c')

if command -v clang-format >/dev/null; then
    for file in $sources; do
        clang-format --style=file "$file" | cmp -s - "$file" || { echo "$file: layout differs from clang-format's"; bad=1; }
    done
else
    echo "lint: clang-format is not installed; layout not checked"
fi
# uninitvar and its kin: cppcheck takes no note of an NTSTATUS that says whether an output was set; gcc does.
# memleak: clang-tidy and the sanitizers see more. bufferAccessOutOfBounds: Windows' structures end in arrays of one.
# comparePointers: the linker's symbols.
if command -v cppcheck >/dev/null; then
    cppcheck --quiet --error-exitcode=1 --inline-suppr --enable=warning,portability --std=c11 -D_GNU_SOURCE \
        --suppress=missingIncludeSystem --suppress=nullPointerRedundantCheck \
        --suppress=uninitvar --suppress=uninitStructMember --suppress=ctuuninitvar --suppress=ctunullpointer \
        --suppress=memleak --suppress=bufferAccessOutOfBounds --suppress=comparePointers \
        -Iloader -Iinclude -Ibuild/include \
        $host || bad=1
else
    echo "lint: cppcheck is not installed; not run"
fi
# One process per processor; the analyzer takes a minute or two.
if command -v clang-tidy >/dev/null; then
    echo "$host" | xargs -P "$(nproc)" -n 8 sh -c 'clang-tidy --quiet "$@" -- -std=gnu11 \
        -D_GNU_SOURCE -Iloader -Iserver -Iinclude -Ibuild/include -Ibuild/loader -Ibuild 2>/dev/null' sh || bad=1
else
    echo "lint: clang-tidy is not installed; not run"
fi
# House rules: no tabs or trailing blanks in sources, no file without its opening comment.
grep -nP '\t|\s+$' $sources && { echo "lint: tabs or trailing blanks"; bad=1; }
for file in $sources; do
    head -c 2 "$file" | grep -q '/[*/]' || { echo "$file: no opening comment"; bad=1; }
done
# What is implemented has a conformance test that names it.
python3 tools/untested.py | grep -v ', 0 in no test$' && { echo "lint: functions without a test"; bad=1; }
exit $bad
