@echo off
rem set /a: every operator, their order, numbers and variables.
setlocal
echo == operators
set /a a=7+3, b=7-3, c=7*3, d=7/3, e=7%%3
echo %a% %b% %c% %d% %e%
set /a "a=6&3, b=6|3, c=6^3, d=~6, e=1<<4, f=-16>>2"
echo %a% %b% %c% %d% %e% %f%
set /a a=!0, b=!5, c=-5, d=+5, e=- - 5, f=~-1
echo %a% %b% %c% %d% %e% %f%
set /a a=-7/2, b=-7%%2, c=7/-2, d=7%%-2
echo %a% %b% %c% %d%
echo == order
set /a a=2+3*4, b=(2+3)*4, c=10-4-3, d=100/10/5, e=2*(3+(4-1))
echo %a% %b% %c% %d% %e%
set /a "a=1|2^3&4, b=1<<2+1, c=16>>1<<2, d=~1+1, e=-2*-3"
echo %a% %b% %c% %d% %e%
set /a "a=!0+1, b=5&4==4" 2>nul || echo no comparison
set /a a=b=c=4
echo %a% %b% %c%
echo == assignment
set n=10
set /a n+=5
echo %n%
set /a n-=3
echo %n%
set /a n*=4
echo %n%
set /a n/=5
echo %n%
set /a n%%=4
echo %n%
set /a "n<<=5"
echo %n%
set /a "n>>=1"
echo %n%
set /a "n|=3"
echo %n%
set /a "n&=6"
echo %n%
set /a "n^=5"
echo %n%
set /a x=1,y=x+1,z=x+y
echo %x%%y%%z%
set /a (x=5)*2
echo %x%
echo == numbers
set /a a=0x1f, b=0X1F, c=017, d=0, e=-0x10
echo %a% %b% %c% %d% %e%
set /a a=2147483647+1, b=-2147483647-2, c=65536*65536, d=0xffffffff
echo %a% %b% %c% %d%
set /a a=1"+"2
echo %a%
set /a " a = 1 + 2 "
echo %a%
echo == variables
set one=1
set word=text
set hex=0x20
set oct=010
set "name=one"
set /a a=one+1, b=word+1, c=hex+1, d=oct+1, e=missing+1, f=name+1
echo %a% %b% %c% %d% %e% %f%
set /a g=%one%%one%+1
echo %g%
set /a missing+=1
echo %missing%
set /a count=count+1, count=count*2
echo %count%
setlocal enabledelayedexpansion
set i=3
set /a r=!i!*!i!
echo !r!
for /l %%i in (1,1,4) do set /a sum+=%%i*%%i
echo !sum!
endlocal
cmd /c set /a 3*(2+1)
echo.
