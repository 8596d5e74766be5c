@echo off
rem Llm-Music-Gen: double-click it. The first time it sets itself up; then this menu comes.
rem   Llm-Music-Gen.bat launch [...]          straight to the program; [...] goes to launcher.py
rem   Llm-Music-Gen.bat install [--gpu ...]   set up or repair
rem   Llm-Music-Gen.bat check                 what works on this computer
rem   Llm-Music-Gen.bat model [NAME]          fetch a model by name
rem   Llm-Music-Gen.bat test                  run the tests
rem Delayed expansion stays off: with it, a "!" in the folder's name would be eaten.
setlocal disabledelayedexpansion
title Llm-Music-Gen
cd /d "%~dp0"
if errorlevel 1 goto no_folder
if not exist "launcher.py" goto not_unpacked

rem Names of songs in any alphabet, also where the output goes into a file.
set "PYTHONUTF8=1"
set "CODE=0"

if "%~1"=="" goto menus
set "SCRIPT=launcher.py"
for %%W in (install check test model) do if /i "%~1"=="%%W" set "SCRIPT=requisites.py"
call :find %1
if not defined FOUND goto no_python
"%PYTHON%" %VERSION% %SCRIPT% %*
set "CODE=%ERRORLEVEL%"
rem 130 is Ctrl-C: the user wanted out.
if "%CODE%"=="0" exit /b 0
if "%CODE%"=="130" exit /b 130
call :failed
pause
exit /b %CODE%

rem --- The menu --------------------------------------------------------------------------------

:menus
rem Enter alone launches, but only once: without a keyboard this would go on for ever.
set "ENTER=1"
if not exist ".venv\Scripts\python.exe" goto install

:menu
echo.
echo ================================================================================
echo     Llm-Music-Gen: Launcher
echo ================================================================================
echo.
echo     1. Launch
echo     2. Install or Repair
echo     3. Check this Computer
echo.
echo --------------------------------------------------------------------------------
set "CHOICE="
set /p "CHOICE=Selection; Menu Option = 1-3, Exit Program = X: "
if not defined CHOICE set "CHOICE=%ENTER%"
set "ENTER=X"
rem A quotation mark typed here would end the comparisons below too early.
set "CHOICE=%CHOICE:"=%"
if "%CHOICE%"=="1" goto launch
if "%CHOICE%"=="2" goto install
if "%CHOICE%"=="3" goto check
if /i "%CHOICE%"=="X" exit /b %CODE%
echo Llm-Music-Gen: That is not one of the choices; type 1, 2, 3 or X.
goto menu

:launch
call :find launch
if not defined FOUND goto no_python
"%PYTHON%" %VERSION% launcher.py
set "CODE=%ERRORLEVEL%"
if "%CODE%"=="0" exit /b 0
if "%CODE%"=="130" exit /b 130
goto failed_in_menu

:install
call :find install
if not defined FOUND goto no_python
"%PYTHON%" %VERSION% requisites.py install
set "CODE=%ERRORLEVEL%"
if "%CODE%"=="0" goto menu
if "%CODE%"=="130" goto menu
goto failed_in_menu

:check
call :find check
if not defined FOUND goto no_python
"%PYTHON%" %VERSION% requisites.py check
set "CODE=%ERRORLEVEL%"
goto menu

:failed_in_menu
call :failed
goto menu

:failed
echo.
echo Llm-Music-Gen ended with error %CODE%. What to do stands above; if nothing does,
echo choose "Install or Repair", or look into data\Llm-Music-Gen.log.
exit /b 0

rem --- Which Python ----------------------------------------------------------------------------

:find
set "FOUND="
set "VERSION="
rem The environment's own, if it still runs: its base may have been removed. Set-up may have to make
rem the environment anew, and cannot while it stands on it: for that the others come first.
set "PYTHON=.venv\Scripts\python.exe"
if /i not "%~1"=="install" call :try
if defined FOUND exit /b 0
rem These versions first: simpleaudio, which plays the songs, has ready-made builds for them.
set "PYTHON=py"
for %%V in (-3.12 -3.11 -3.10 -3) do if not defined FOUND call :try_version %%V
if defined FOUND exit /b 0
rem The Store's "python" is a stub that only opens the Store: running it finds out.
set "VERSION="
for %%P in (python python3) do if not defined FOUND call :try_name %%P
if defined FOUND exit /b 0
set "PYTHON=.venv\Scripts\python.exe"

:try
"%PYTHON%" %VERSION% -c "import sys; sys.exit(sys.version_info < (3, 10) or sys.maxsize < 2**32)" >nul 2>nul
if "%ERRORLEVEL%"=="0" set "FOUND=1"
exit /b 0

:try_version
set "VERSION=%1"
goto try

:try_name
set "PYTHON=%1"
goto try

rem --- What cannot be helped from here ---------------------------------------------------------

:no_folder
echo Llm-Music-Gen: This folder cannot be opened from here: "%~dp0"
echo Copy it to this computer, for example into Documents, and start again.
pause
exit /b 1

:not_unpacked
echo Llm-Music-Gen: The rest of the program is not beside this file. If it came in a ZIP file,
echo right-click the ZIP, choose "Extract All...", and start this file from the new folder.
pause
exit /b 1

:no_python
echo Llm-Music-Gen: No 64-bit Python 3.10 or newer was found on this computer.
echo (What there is may be too old, or 32-bit, or only lead to the Microsoft Store.)
echo Install Python 3.12 from https://www.python.org/downloads/windows/
echo (tick "Add python.exe to PATH"), then start Llm-Music-Gen.bat again.
pause
exit /b 1
