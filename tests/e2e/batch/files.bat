@echo off
rem The commands for files and folders.
setlocal
md w
cd w
echo == copy
echo one>a.txt
echo two>b.txt
copy a.txt c.txt
copy a.txt+b.txt joined.txt
type joined.txt
copy /b a.txt + b.txt joined.txt
copy /y a.txt + b.txt >nul
type a.txt
md d
copy *.txt d
dir /b d
copy d d2.txt >nul 2>nul
copy a.txt d\renamed.log
copy a.txt a.txt
copy nul empty.txt >nul
for %%f in (empty.txt) do echo size %%~zf
copy *.txt *.bak >nul
dir /b *.bak
copy a.txt none\x.txt
echo == move
move c.txt moved.txt
move moved.txt d
move d\moved.txt d\again.txt
move *.bak d >nul
md e
move e f
dir /b /ad
move d\*.bak f >nul
dir /b f
echo == ren
ren a.txt z.txt
ren *.txt *.dat
dir /b *.dat
ren z.dat ????x.*
dir /b z*
ren f g
echo x>q.txt
ren q.txt b.dat
ren "zx.dat" "with blank.dat"
dir /b w*
echo == del
del q.txt
if not exist q.txt echo deleted
del *.dat
dir /b *.dat 2>nul || echo none left
echo x>ro.txt
attrib +r ro.txt
del ro.txt 2>nul
if exist ro.txt echo read-only stays
del /f ro.txt
if not exist ro.txt echo forced
echo x>h.txt
attrib +h h.txt
del h.txt 2>nul
del /a h.txt
if not exist h.txt echo hidden
del /q d\*
dir /b d
echo x>g\1.tmp
md g\s
echo x>g\s\2.tmp
del /s /q g\*.tmp >nul
dir /s /b g | find /c "g"
echo == folders
md x\y\z "with blank"
dir /b /ad /s x | find /c "x"
rd x 2>nul || echo not empty
rd /s /q x
if not exist x echo removed
rd "with blank"
cd d
cd ..
if exist d echo up
pushd d
pushd ..
popd
popd
if exist d echo popped
cd /d .
echo == dir
echo 12345>s.txt
echo one>m.txt
md sub
echo x>sub\n.txt
dir /b
dir /b /a-d
dir /b /ad
dir /b /o-n
dir /b /os *.txt
dir /b /o:gn
dir /b /l *.TXT
dir /s /b *.txt | find /c "txt"
dir /w | find "[sub]" >nul && echo wide
dir s.txt | find "s.txt" | find " 7 " >nul && echo size
dir | find "2 File(s)" >nul && echo files
dir /a-d-r-h /b s*
dir none >nul
echo == type
type s.txt m.txt
type *.none
type s.txt
type sub
cd ..
rd /s /q w
