# The small programs that batch files use, each against its documentation.
. "$SRCDIR/tests/e2e/lib.inc"

run() { # output without carriage returns in "out", exit status in $code
    code=0
    timeout 60 "$RUN" --state "$base/state" "$@" >raw 2>&1 </dev/null || code=$?
    tr -d '\r' <raw >out
}

ends() { # ends STATUS PROGRAM...
    wanted=$1
    shift
    run "$@"
    same "$wanted" "$code"
}

prints() { # prints TEXT PROGRAM...
    wanted=$1
    shift
    run "$@"
    same "$wanted" "$(cat out)"
}

finds_lines() {
    printf 'Alpha 1\r\nbeta 2\r\nalpha 3\r\nx"y\r\nback\\slash\r\n' >words.txt
    prints 'Alpha 1
alpha 3' cmd.exe /c 'find /i "alpha" <words.txt'
    prints '[2]beta 2' cmd.exe /c 'find /n "beta" <words.txt'
    prints '5' cmd.exe /c 'find /c /v "" <words.txt'
    prints 'x"y' cmd.exe /c 'find "x""y" <words.txt'
    prints 'back\slash' cmd.exe /c 'find "k\" <words.txt'
    prints '
---------- WORDS.TXT: 2' cmd.exe /c 'find /i/c "alpha" words.txt'
    ends 1 cmd.exe /c 'find "none" words.txt'
    ends 2 cmd.exe /c 'find unquoted words.txt'
    ends 2 cmd.exe /c 'find /q "x" words.txt'
}

finds_patterns() {
    mkdir -p d/e
    printf 'one two\r\nThree\r\nfour4\r\na.b\r\n' >t.txt
    printf 'deep two\r\n' >d/e/u.txt
    printf 'two\r\n' >pattern
    printf 't.txt\r\n' >list
    printf 'two\001\r\n' >binary.txt
    prints 'one two
Three' findstr.exe 'two Three' t.txt
    prints 'one two' findstr.exe '/c:one two' t.txt
    prints 'Three
four4' findstr.exe /r '^T.*e$ [0-9]' t.txt
    prints 'a.b' findstr.exe /l a.b t.txt
    prints 'four4' findstr.exe /r '\<four[0-9]\>' t.txt
    prints '2:Three' findstr.exe /n /i three t.txt
    prints 'one two
four4
a.b' findstr.exe /v Three t.txt
    prints 'd\e\u.txt:deep two
t.txt:one two' cmd.exe /c 'findstr /s two t*.txt u*.txt | sort'
    prints 't.txt' findstr.exe /m two t.txt
    prints 'one two' findstr.exe /g:pattern t.txt
    prints 't.txt:one two' findstr.exe /f:list two
    prints '  d\e:
u.txt:deep two' findstr.exe '/d:d\e' deep u.txt
    prints 'Three' findstr.exe /x Three t.txt
    prints '0:one two' findstr.exe /o /b one t.txt
    ends 1 findstr.exe /p two binary.txt
    ends 0 findstr.exe two binary.txt
    ends 1 findstr.exe none t.txt
    ends 2 findstr.exe
}

sorts_lines() {
    printf 'b 1\r\nA 3\r\na 2\r\nB 0\r\na 2\r\n' >lines.txt
    prints 'a 2
a 2
A 3
B 0
b 1' sort.exe lines.txt
    prints 'B 0
b 1
a 2
a 2
A 3' sort.exe /+3 lines.txt
    prints 'b 1
B 0
A 3
a 2' sort.exe /r /unique lines.txt
    run sort.exe lines.txt /o lines.txt
    same 'a 2' "$(head -1 lines.txt | tr -d '\r')"
    ends 1 sort.exe none.txt
    ends 1 sort.exe /z lines.txt
}

compares_files() {
    printf 'a\r\nb\r\nc\r\nd\r\ne\r\n' >1.txt
    printf 'a\r\nX\r\nc\r\nd\r\ne\r\nf\r\n' >2.txt
    printf 'A\r\nB\r\nC\r\nD\r\nE\r\n' >3.txt
    run fc.exe 1.txt 2.txt
    same 1 "$code"
    same 'Comparing files 1.txt and 2.TXT
***** 1.TXT
a
b
c
***** 2.TXT
a
X
c
*****

***** 1.TXT
e
***** 2.TXT
e
f
*****' "$(cat out)"
    ends 0 fc.exe /c 1.txt 3.txt
    ends 0 fc.exe 1.txt 1.txt
    grep -q 'FC: no differences encountered' out
    ends 1 fc.exe /b 1.txt 2.txt
    grep -q '^00000003: 62 58$' out
    grep -q 'FC: 2.TXT longer than 1.TXT' out
    ends 2 fc.exe 1.txt none.txt
    ends 1 fc.exe /n 1.txt 2.txt
    grep -q '    2:  b' out
    ends 0 comp.exe 1.txt 1.txt
    ends 0 comp.exe /c 1.txt 3.txt
    ends 1 comp.exe 1.txt 3.txt
    grep -q 'Compare error at OFFSET 0' out
    ends 1 comp.exe 1.txt 2.txt
    ends 2 comp.exe 1.txt none.txt
}

copies_trees() {
    mkdir -p src/sub/deep src/empty
    echo 1 >src/one.txt
    echo 2 >src/sub/two.log
    echo 3 >src/sub/deep/three.txt
    prints 'src\one.txt
1 File(s) copied' xcopy.exe src flat /i
    [ -f flat/one.txt ] && [ ! -d flat/sub ]
    ends 0 xcopy.exe src tree /s /i /q
    grep -q '^3 File(s) copied$' out
    [ -f tree/sub/deep/three.txt ] && [ ! -d tree/empty ]
    ends 0 xcopy.exe src full /e /i /y
    [ -d full/empty ]
    prints '0 File(s) copied' xcopy.exe src full /d /s
    touch -d '+1 hour' src/one.txt
    prints 'src\one.txt
1 File(s) copied' xcopy.exe src full /d /s /y
    ends 0 xcopy.exe 'src\*.txt' only\\ /s
    [ -f only/sub/deep/three.txt ] && [ ! -f only/sub/two.log ]
    printf '.log\r\n' >exclude
    ends 0 xcopy.exe src without /s /i /exclude:exclude
    [ ! -d without/sub ] || [ ! -f without/sub/two.log ]
    ends 0 xcopy.exe src folders /t /e /i
    [ -d folders/empty ] && [ ! -f folders/one.txt ]
    prints 'src\one.txt
1 File(s)' xcopy.exe /l src\\one.txt listed\\
    [ ! -d listed ]
    echo F | "$RUN" xcopy.exe src\\one.txt new.txt | grep -q '^1 File'
    [ -f new.txt ]
    ends 4 xcopy.exe none.txt x
    ends 4 xcopy.exe
    ends 4 xcopy.exe /9 src x
}

mirrors_folders() {
    mkdir -p s/a/b s/empty
    echo 1 >s/1.txt
    echo 2 >s/a/2.log
    echo 3 >s/a/b/3.txt
    ends 1 robocopy.exe s d
    [ -f d/1.txt ] && [ ! -d d/a ]
    ends 1 robocopy.exe s d /e
    [ -f d/a/b/3.txt ] && [ -d d/empty ]
    ends 0 robocopy.exe s d /e
    touch d/extra
    mkdir d/more
    ends 2 robocopy.exe s d /l /mir
    [ -f d/extra ]
    ends 2 robocopy.exe s d /mir /njh
    grep -q '^   Files : *3 *0 *3 *0 *0 *1$' out
    [ ! -f d/extra ] && [ ! -d d/more ]
    echo changed >s/1.txt
    prints '' robocopy.exe s d 1.txt /nfl /ndl /njh /njs
    same changed "$(cat d/1.txt)"
    ends 1 robocopy.exe s x /s /xf '*.log' /xd b
    [ -f x/1.txt ] && [ ! -d x/a ] && [ ! -d x/empty ]
    ends 1 robocopy.exe s y '*.log' /s /mov /log:log.txt
    [ -f y/a/2.log ] && [ ! -f s/a/2.log ] && [ -s log.txt ]
    ends 16 robocopy.exe none d
    ends 16 robocopy.exe s d /bogus
    ends 16 robocopy.exe
}

helps() {
    run help.exe
    grep -q '^COPY  *copies' out
    run help.exe copy
    grep -q '^COPY \[/D\]' out
    run help.exe for
    grep -q '^FOR /F' out
    ends 1 help.exe no_such_command
    for name in attrib choice comp fc find findstr forfiles robocopy setx sort taskkill tasklist timeout where whoami xcopy; do
        run $name.exe '/?'
        grep -qi "$name" out || { echo "$name says nothing about itself"; return 1; }
    done
}

changes_attributes() {
    mkdir -p d/e
    echo x >d/a.txt
    echo x >d/e/b.txt
    run attrib.exe d\\a.txt
    grep -q '^A  *Z:.*a.txt$' out
    ends 0 attrib.exe +r +h d\\a.txt
    run attrib.exe d\\a.txt
    grep -q '^A   HR  *Z:' out
    ends 1 attrib.exe -r d\\a.txt
    grep -q 'Not resetting hidden file' out
    ends 0 attrib.exe -r -h d\\a.txt
    ends 0 attrib.exe +r 'd\*' /s
    run attrib.exe 'd\*' /s
    same 2 "$(grep -c '^A    R' out)"
    attrib_clear='attrib -r d\* /s /d'
    ends 0 cmd.exe /c "$attrib_clear"
    ends 1 attrib.exe none.txt
    ends 1 attrib.exe +q d
}

finds_programs() {
    mkdir -p a/b
    touch a/tool.exe a/b/tool.bat a/b/other.txt
    run where.exe cmd
    grep -qi '^C:.windows.system32.cmd.exe$' out
    ends 1 where.exe no_such_program
    same 'INFO: Could not find files for the given pattern(s).' "$(cat out)"
    ends 1 where.exe /q no_such_program
    same '' "$(cat out)"
    run where.exe /r a 'tool*'
    same 2 "$(grep -c 'tool' out)"
    run where.exe 'a;a\b:tool'
    same 2 "$(grep -c 'tool' out)"
    ends 2 where.exe
    ends 2 where.exe /r none x
}

asks_and_waits() {
    code=0
    printf 'xn' | "$RUN" choice.exe /m Sure >raw || code=$?
    same 2 "$code"
    same 'Sure [Y,N]?N' "$(tr -d '\r' <raw)"
    code=0
    printf 'c' | "$RUN" choice.exe /c abc /n >raw || code=$?
    same 3 "$code"
    same 'C' "$(tr -d '\r' <raw)"
    code=0
    printf 'B' | "$RUN" choice.exe /cs /c bB >raw || code=$?
    same 2 "$code"
    ends 1 choice.exe /c xy /t 0 /d x
    ends 255 choice.exe
    ends 255 choice.exe /c aa
    ends 255 choice.exe /t 5
    start=$(date +%s%N)
    ends 0 timeout.exe /t 1 /nobreak
    [ $((($(date +%s%N) - start) / 1000000)) -ge 900 ]
    ends 1 timeout.exe /t x
    ends 0 ping.exe -n 1 127.0.0.1
    grep -q '^Reply from 127.0.0.1: bytes=32 time<1ms TTL=128$' out
    ends 1 ping.exe no.such.host.invalid
}

lists_and_ends_processes() {
    # a name of its own: other sessions are seen too
    cp "$BUILD/system/x86_64/ping.exe" waits$$.exe
    "$RUN" --state "$base/state" cmd.exe /c waits$$.exe -n 60 127.0.0.1 >/dev/null 2>&1 &
    waiting=$!
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        run tasklist.exe /fi "imagename eq waits$$.exe"
        grep -q "^waits$$.exe" out && break
        sleep 0.2
    done
    grep -q "^waits$$.exe" out
    run tasklist.exe /fo csv /nh /fi "imagename eq waits$$*"
    grep -q '^"waits[0-9]*.exe","[0-9]*","Console","[0-9]*","[0-9,]* K"$' out
    prints 'INFO: No tasks are running which match the specified criteria.' tasklist.exe /fi 'imagename eq none.exe'
    ends 0 taskkill.exe /f /im waits$$.exe
    grep -q '^SUCCESS: The process "waits[0-9]*.exe" with PID [0-9]* has been terminated.$' out
    wait $waiting || true
    ends 128 taskkill.exe /f /im waits$$.exe
    ends 1 taskkill.exe
    ends 1 tasklist.exe /fi nonsense
}

walks_folders() {
    mkdir -p t/a/b t/c
    echo 1 >t/one.txt
    echo 2 >t/a/two.txt
    run tree.com t /f /a
    same '|   one.txt
|   
+---a
|   |   two.txt
|   |   
|   \---b
\---c' "$(tail -n +4 out)"
    run forfiles.exe /p t /s /m '*.txt' /c 'cmd /c echo @file @fname @ext @isdir @fsize @relpath'
    same '
"one.txt" "one" "txt" FALSE 2 ".\one.txt"
"two.txt" "two" "txt" FALSE 2 ".\a\two.txt"' "$(sort out)" ||
        grep -q '"two.txt" "two" "txt" FALSE 2 ".\\a\\two.txt"' out
    ends 0 forfiles.exe /p t /d -0 /c 'cmd /c echo @fdate'
    ends 1 forfiles.exe /p t /d +1 /c 'cmd /c echo @file'
    ends 1 forfiles.exe /p none
}

shows_text() {
    printf 'one\r\n\ttab\r\n\r\n\r\nlast\r\n' >t.txt
    prints 'one
        tab


last' more.com t.txt
    prints 'one
    tab

last' more.com /s /t4 t.txt
    prints 'last' more.com +5 t.txt
    ends 1 more.com none.txt
    run chcp.com
    grep -q '^Active code page: [0-9]*$' out
    prints 'Active code page: 65001' cmd.exe /c 'chcp 65001 >nul & chcp'
    ends 1 chcp.com 99999
    run whoami.exe
    grep -q '^[^\\]*\\[^\\]*$' out
    run whoami.exe /user /fo csv /nh
    grep -q '^".*\\.*","S-1-5-' out
    run whoami.exe /groups
    grep -q 'Mandatory group' out
    run whoami.exe /priv
    grep -q 'SeChangeNotifyPrivilege' out
    ends 1 whoami.exe /what
    ends 0 setx.exe GW_TEST 'a value'
    run reg.exe query 'HKCU\Environment' /v GW_TEST
    grep -q 'GW_TEST    REG_SZ    a value' out
    ends 1 setx.exe GW_TEST
}

for check in finds_lines finds_patterns sorts_lines compares_files copies_trees mirrors_folders helps changes_attributes finds_programs \
    asks_and_waits lists_and_ends_processes walks_folders shows_text; do
    t $check $check
done
finish
