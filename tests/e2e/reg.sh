# reg.exe: every command, its output and exit status. Each check has a registry of its own.
. "$SRCDIR/tests/e2e/lib.inc"

reg() { # EXPECTED-STATUS ARGUMENTS...; output (both streams) to the file plain
    wanted=$1
    shift
    code=0
    "$RUN" --state state reg.exe "$@" >out 2>&1 </dev/null || code=$?
    tr -d '\r' <out >plain
    [ $code = "$wanted" ] || { echo "reg $*: status $code"; cat plain; return 1; }
}

said() { same "$1" "$(cat plain)"; }

KEY='HKCU\Software\Test'

adds_and_queries() {
    reg 0 add "$KEY" /v text /d 'hello world' /f
    said 'The operation completed successfully.'
    reg 0 add "$KEY" /v number /t REG_DWORD /d 0x1f /f
    reg 0 add "$KEY" /v decimal /t REG_QWORD /d 4294967296 /f
    reg 0 add "$KEY" /v list /t REG_MULTI_SZ /d 'one\0two' /f
    reg 0 add "$KEY" /v bytes /t REG_BINARY /d 0102abff /f
    reg 0 add "$KEY" /v path /t REG_EXPAND_SZ /d '%TEMP%\x' /f
    reg 0 add "$KEY" /ve /d default /f
    reg 0 add "$KEY\\Sub" /f
    reg 0 query "$KEY"
    said '
HKEY_CURRENT_USER\Software\Test
    (Default)    REG_SZ    default
    text    REG_SZ    hello world
    number    REG_DWORD    0x1f
    decimal    REG_QWORD    0x100000000
    list    REG_MULTI_SZ    one\0two
    bytes    REG_BINARY    0102ABFF
    path    REG_EXPAND_SZ    %TEMP%\x

HKEY_CURRENT_USER\Software\Test\Sub'
    reg 0 query "$KEY" /v number
    said '
HKEY_CURRENT_USER\Software\Test
    number    REG_DWORD    0x1f'
    reg 0 query "$KEY\\Sub" /ve
    grep -q '(Default)    REG_SZ    (value not set)' plain
    reg 1 query "$KEY" /v nothing
    said 'ERROR: The system was unable to find the specified registry key or value.'
    reg 1 query 'HKCU\Software\Nowhere'
    reg 0 query 'HKCU\Software\Test' /s /f WORLD
    said '
HKEY_CURRENT_USER\Software\Test
    text    REG_SZ    hello world

End of search: 1 match(es) found.'
    reg 1 query 'HKCU\Software\Test' /s /f 'not there'
    reg 0 query 'HKCU\Software\Test' /t REG_DWORD
    grep -q 'number' plain
    ! grep -q 'text' plain
}

asks_first() {
    reg 0 add "$KEY" /v a /d 1 /f
    "$RUN" --state state reg.exe add "$KEY" /v a /d 2 <<'Y' >/dev/null
no
Y
    reg 0 query "$KEY" /v a
    grep -q 'REG_SZ    1' plain
    echo y | "$RUN" --state state reg.exe add "$KEY" /v a /d 2 >/dev/null
    reg 0 query "$KEY" /v a
    grep -q 'REG_SZ    2' plain
    reg 0 delete "$KEY" /v a
    reg 0 query "$KEY" /v a
    echo Yes | "$RUN" --state state reg.exe delete "$KEY" >/dev/null
    reg 1 query "$KEY"
}

deletes() {
    reg 0 add "$KEY\\Sub\\Deep" /v a /d 1 /f
    reg 0 add "$KEY" /v b /d 1 /f
    reg 0 add "$KEY" /v c /d 1 /f
    reg 0 delete "$KEY" /v b /f
    reg 1 delete "$KEY" /v b /f
    reg 0 delete "$KEY" /va /f
    reg 1 query "$KEY" /v c
    reg 0 query "$KEY\\Sub\\Deep" /v a
    reg 0 delete "$KEY" /f
    reg 1 query "$KEY\\Sub"
    reg 1 delete "$KEY" /f
}

exports_and_imports() {
    reg 0 add "$KEY" /v 'quo"te\' /d 'a "b" \c ü' /f
    reg 0 add "$KEY" /v number /t REG_DWORD /d 255 /f
    reg 0 add "$KEY\\Sub" /v long /t REG_BINARY \
        /d 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021 /f
    reg 0 export "$KEY" file.reg /y
    iconv -f UTF-16 -t UTF-8 file.reg | tr -d '\r' >text
    same 'Windows Registry Editor Version 5.00

[HKEY_CURRENT_USER\Software\Test]
"quo\"te\\"="a \"b\" \\c ü"
"number"=dword:000000ff

[HKEY_CURRENT_USER\Software\Test\Sub]
"long"=hex:00,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f,10,11,12,13,14,15,\
  16,17,18,19,1a,1b,1c,1d,1e,1f,20,21' "$(cat text)"
    reg 0 copy "$KEY" 'HKCU\Software\Copy' /s /f
    reg 0 delete "$KEY" /f
    reg 0 import file.reg
    reg 0 compare "$KEY" 'HKCU\Software\Copy' /s
    grep -q 'Result Compared: Identical' plain
    printf 'REGEDIT4\r\n\r\n[HKEY_CURRENT_USER\\Software\\Test]\r\n"number"=-\r\n@="x"\r\n"e"=hex(2):25,41,25,00\r\n[-HKEY_CURRENT_USER\\Software\\Test\\Sub]\r\n' >old.reg
    reg 0 import old.reg
    reg 1 query "$KEY\\Sub"
    reg 1 query "$KEY" /v number
    reg 0 query "$KEY" /v e
    grep -q 'REG_EXPAND_SZ    %A%' plain
    reg 2 compare "$KEY" 'HKCU\Software\Copy' /s
    grep -q '^> Key: HKCU\\Software\\Copy\\Sub' plain
    echo nonsense >bad.reg
    reg 1 import bad.reg
    reg 1 import missing.reg
}

# What is found: names of keys, names of values, data; exactly, in capitals as given, by type.
finds() {
    reg 0 add "$KEY\\Apple" /v Pear /d Plum /f
    reg 0 add "$KEY\\Apple" /v number /t REG_DWORD /d 7 /f
    reg 0 add "$KEY\\apple tree" /v leaf /d green /f
    reg 0 query "$KEY" /s /f apple /k
    said '
HKEY_CURRENT_USER\Software\Test\Apple

HKEY_CURRENT_USER\Software\Test\apple tree

End of search: 2 match(es) found.'
    reg 0 query "$KEY" /s /f apple /k /e
    said '
HKEY_CURRENT_USER\Software\Test\Apple

End of search: 1 match(es) found.'
    reg 0 query "$KEY" /s /f apple /k /c
    said '
HKEY_CURRENT_USER\Software\Test\apple tree

End of search: 1 match(es) found.'
    reg 0 query "$KEY" /s /f plum /d
    said '
HKEY_CURRENT_USER\Software\Test\Apple
    Pear    REG_SZ    Plum

End of search: 1 match(es) found.'
    reg 1 query "$KEY" /s /f pear /d
    reg 0 query "$KEY" /s /f pear /v
    reg 1 query "$KEY" /s /f plum /v
    reg 0 query "$KEY" /s /f e /t REG_DWORD
    grep -q '1 match' plain
    grep -q number plain
    reg 0 query "$KEY\\Apple" /z
    grep -q 'number    REG_DWORD (4)    0x7' plain
    reg 1 query "$KEY" /k
    reg 1 query "$KEY" /f
    reg 0 query "$KEY" /s
    [ "$(grep -c HKEY_ plain)" = 3 ]
}

hive_files() {
    reg 0 add "$KEY\\Sub" /v a /d one /f
    reg 0 save "$KEY" hive.dat
    [ "$(head -c 4 hive.dat)" = regf ]
    reg 0 save "$KEY" hive.dat /y
    reg 0 add "$KEY\\Sub" /v a /d two /f
    reg 0 add "$KEY\\New" /f
    reg 0 restore "$KEY" hive.dat
    reg 0 query "$KEY\\Sub" /v a
    grep -q one plain
    reg 1 query "$KEY\\New"
    reg 0 load 'HKLM\Loaded' hive.dat
    reg 1 load 'HKCU\Loaded' hive.dat
    reg 1 unload 'HKLM\Other'
}

flags() {
    reg 0 add 'HKLM\Software\Test' /f
    reg 0 flags 'HKLM\Software\Test' query
    said '
HKEY_LOCAL_MACHINE\Software\Test

	REG_KEY_DONT_VIRTUALIZE: CLEAR
	REG_KEY_DONT_SILENT_FAIL: CLEAR
	REG_KEY_RECURSE_FLAG: CLEAR

The operation completed successfully.'
    reg 0 flags 'HKLM\Software\Test' set DONT_VIRTUALIZE RECURSE_FLAG
    reg 0 flags 'HKLM\Software\Test' query
    grep -q 'DONT_VIRTUALIZE: SET' plain
    grep -q 'DONT_SILENT_FAIL: CLEAR' plain
    grep -q 'RECURSE_FLAG: SET' plain
    reg 0 flags 'HKLM\Software\Test' set
    reg 0 flags 'HKLM\Software\Test' query
    ! grep -q ': SET' plain
    reg 1 flags 'HKLM\Software\Test' set NONSENSE
    reg 1 flags 'HKLM\Software\None' query
}

views() {
    reg 0 add 'HKLM\Software\Narrow' /v a /d 32 /f /reg:32
    reg 0 query 'HKLM\Software\Narrow' /v a /reg:32
    reg 1 query 'HKLM\Software\Narrow' /v a /reg:64
    reg 0 query 'HKLM\Software\WOW6432Node\Narrow' /v a /reg:64
    reg 0 delete 'HKLM\Software\Narrow' /f /reg:32
    reg 1 query 'HKLM\Software\WOW6432Node\Narrow'
}

# A home that cannot be written: reading goes on, writing is denied. (The superuser needs a mount for that.)
read_only() {
    reg 0 add "$KEY" /v a /d kept /f
    mkdir never
    if [ "$(id -u)" = 0 ]; then
        unshare -m true 2>/dev/null || return 0
        plain_run=$RUN
        RUN=in_mount
    else
        chmod a-w state state/* never
    fi
    reg 0 query "$KEY" /v a
    grep -q kept plain
    reg 1 add "$KEY" /v a /d new /f
    reg 1 delete "$KEY" /f
    status 0 "$RUN" --state never reg.exe query 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion' /v CurrentBuild
    status 1 "$RUN" --state never reg.exe add "$KEY" /f
    if [ "$(id -u)" = 0 ]; then
        RUN=$plain_run
    else
        chmod u+w state state/* never
    fi
    reg 0 add "$KEY" /v a /d new /f
}

in_mount() {
    unshare -m sh -c '
        mount --bind "$3" "$3" && mount -o remount,ro,bind "$3" && exec "$@"' sh "$plain_run" "$@"
}

says_what_is_wrong() {
    reg 1
    said 'ERROR: Invalid syntax.
Type "REG /?" for usage.'
    reg 1 nonsense
    reg 1 query
    reg 1 query 'HKXX\Software'
    said 'ERROR: Invalid key name.'
    reg 1 add "$KEY" /v x /t REG_DWORD /d text /f
    reg 1 add "$KEY" /v x /t REG_NOTHING /f
    reg 1 add "$KEY" /z
    reg 0 '/?'
    for command in query add delete copy save restore load unload compare export import flags; do
        reg 0 "$command" '/?'
    done
    reg 1 nonsense '/?'
    reg 0 query "\\\\$(hostname -s)\\HKCU\\Software"
    reg 1 query "\\\\no-such-machine\\HKCU\\Software"
    reg 0 add "$KEY" /f
    reg 1 save "$KEY"
    reg 1 save "$KEY" hive /z
    reg 1 load 'HKU\X' hive
    reg 1 unload 'HKU\X'
    reg 1 restore "$KEY" 'no such file'
    reg 1 flags "$KEY" query
    reg 1 flags 'HKLM\Software\Test'
    reg 1 compare "$KEY"
    reg 1 export "$KEY"
    reg 1 import
    reg 1 copy "$KEY" "$KEY" /f
}

t adds_and_queries adds_and_queries
t asks_first asks_first
t deletes deletes
t exports_and_imports exports_and_imports
t says_what_is_wrong says_what_is_wrong
t finds finds
t hive_files hive_files
t flags flags
t views views
t read_only read_only
finish
