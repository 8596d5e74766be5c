/* python.exe: hands over to the interpreter in python311.dll beside it. */
#include <windows.h>

typedef int (*py_main)(int, wchar_t **);

int wmain(int count, wchar_t **words)
{
    HMODULE library = LoadLibraryW(L"python311.dll");
    py_main start = library ? (py_main)GetProcAddress(library, "Py_Main") : NULL;
    return start ? start(count, words) : 103;
}
