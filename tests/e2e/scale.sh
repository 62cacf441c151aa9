# Cost stays linear: twice as much of a kind costs about twice as much, here a fifth of what `make scale` measures.
. "$SRCDIR/tests/e2e/lib.inc"
own_session

linear() {
    "$1-w64-mingw32-gcc" -O1 -o scale.exe "$SRCDIR/tests/scale/scale.c"
    # On a busy machine a single measurement says little: one good one of three does.
    for i in 1 2 3; do
        status 0 timeout 120 "$RUN" scale.exe 5 >figures
        cat figures
        tr -d '\r' <figures | awk -F '\t' '{ if ($5 > 3.5 * $3 + 5) bad = 1 } END { exit bad || NR != 4 }' && return 0
    done
    return 1
}

t linear linear x86_64
t linear_i386 linear i686
finish
