@echo off
rem Starts Llm-Music-Gen. Double-click it: the first time it sets itself up, then the menu comes.
rem What stands behind it on the command line goes to launcher.py.
rem Delayed expansion stays off: with it, a "!" in the folder's name would be eaten.
setlocal disabledelayedexpansion
title Llm-Music-Gen
cd /d "%~dp0"
if errorlevel 1 goto no_folder

rem Names of songs in any alphabet, also where the output goes into a file.
set "PYTHONUTF8=1"

set "FOUND="

rem The environment's own Python, if it still runs: its base may have been removed.
set "PYTHON=.venv\Scripts\python.exe"
set "VERSION="
if exist "%PYTHON%" call :try
if defined FOUND goto run

rem These versions first: simpleaudio, which plays the songs, has ready-made builds for them.
set "PYTHON=py"
for %%V in (-3.12 -3.11 -3.10 -3) do if not defined FOUND call :try_version %%V
if defined FOUND goto run

rem The Store's "python" is a stub that only opens the Store: running it finds out.
set "VERSION="
for %%P in (python python3) do if not defined FOUND call :try_name %%P
if defined FOUND goto run
goto no_python

:try_version
set "VERSION=%1"
goto try

:try_name
set "PYTHON=%1"
goto try

:try
"%PYTHON%" %VERSION% -c "import sys; sys.exit(sys.version_info < (3, 10) or sys.maxsize < 2**32)" >nul 2>nul
if "%ERRORLEVEL%"=="0" set "FOUND=1"
exit /b 0

:run
"%PYTHON%" %VERSION% launcher.py %*
set "CODE=%ERRORLEVEL%"
rem 130 is Ctrl-C: the user wanted out.
if "%CODE%"=="0" exit /b 0
if "%CODE%"=="130" exit /b 130
echo.
echo Llm-Music-Gen ended with error %CODE%.
pause
exit /b %CODE%

:no_folder
echo Llm-Music-Gen: This folder cannot be opened from here: "%~dp0"
echo Copy it to this computer, for example into Documents, and start again.
pause
exit /b 1

:no_python
echo Llm-Music-Gen: No 64-bit Python 3.10 or newer was found on this computer.
echo Install Python 3.12 from https://www.python.org/downloads/windows/
echo (tick "Add python.exe to PATH"), then start Llm-Music-Gen.bat again.
pause
exit /b 1
