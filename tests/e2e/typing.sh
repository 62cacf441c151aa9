# Typing at programs: the editing of lines, what child processes find, Ctrl-C and Ctrl-Z.
. "$SRCDIR/tests/e2e/lib.inc"

types() {
    PROMPT='$G' python3 "$SRCDIR/tests/e2e/typing.py" "$@"
}

editing() {
    types "$RUN" cmd.exe <<'S'
expect >
send echo abc\x1b[D\x1b[DX\r
expect \naXbc\r
expect >
send \x1b[A\x7f\x7f\x7f\x7fagain\r
expect \nagain\r
expect >
send garbage\x1b
expect \x1b\[7D\x1b\[J
send echo clean\r
expect \nclean\r
expect >
send echo \xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80x\x1b[D\x1b[D\x7f\r
expect \né😀x\r
expect >
send exit 3\r
end 3
S
}

completion() {
    mkdir -p typed "two words"
    echo text >beta.txt
    echo first >"a file.txt"
    echo other >again.txt
    types "$RUN" cmd.exe <<'S'
expect >
send type be\t
expect beta.txt
send \r
expect \ntext\r
expect >
send type a\t
expect "a file.txt"
send \t
expect again.txt
send \r
expect \nother\r
expect >
send echo one be\t!\r
expect \none beta.txt!\r
expect >
send cd t\t
expect "two words"
send \t
expect typed
send \t
expect "two words"
send \r
expect >
send cd\r
expect two words\r
expect >
send none\t
expect \x07
send \x03
expect >
send exit\r
end 0
S
}

# A child has the terminal as its user set it, and what was typed ahead.
children() {
    types "$RUN" cmd.exe <<'S'
expect >
send sh -c "echo ready; cat"\r
expect \nready\r
feed hello\n
expect hello\r+\nhello\r
feed \x04
expect >
send sh -c "stty -a"\r
expect isig icanon
expect >
send exit\r
end 0
S
}

end_of_file() {
    types "$RUN" cmd.exe <<'S'
expect >
send copy con typed.txt\r
expect \n
send first\r
expect \n
send second\r
expect \n
send \x1a\r
expect 1 file\(s\) copied
expect >
send type typed.txt\r
expect \nfirst\r+\nsecond\r
expect >
send \x04
end 0
S
}

control_c() {
    types "$RUN" cmd.exe <<'S'
expect >
send never run\x03
expect \^C
expect >
send echo alive\r
expect \nalive\r
expect >
send cat\r
expect cat\r
feed begun\n
expect \nbegun\r
feed \x03
expect >
send echo and again\r
expect \nand again\r
expect >
send exit 4\r
end 4
S
}

# Nothing is edited on a terminal that cannot move its cursor.
plain_terminal() {
    types sh -c 'TERM=dumb exec "$0" cmd.exe' "$RUN" <<'S'
expect >
feed echo plaix\x7fn\n
expect \nplain\r
expect >
feed exit 5\n
end 5
S
}

t editing editing
t completion completion
t children children
t end_of_file end_of_file
t control_c control_c
t plain_terminal plain_terminal
finish
