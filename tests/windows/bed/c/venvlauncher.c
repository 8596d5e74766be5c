/* Stands for CPython's venvlauncher.exe, which `python -m venv` copies to Scripts\python.exe: starts
   the base Python that pyvenv.cfg names, tells it who asked, waits, and passes its exit code on. */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#define LONGEST 4096

static wchar_t self[LONGEST], base[LONGEST], command[32768];

static BOOL WINAPI leave_ctrl_c_to_the_child(DWORD event)
{
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

/* Read the value of "home" from the UTF-8 file into `base`; 0 if there is none. */
static int read_home(const wchar_t *config)
{
    char line[LONGEST], value[LONGEST];
    FILE *file = _wfopen(config, L"rb");
    int found = 0;
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "home = %4095[^\r\n]", value) == 1;
    if (file)
        fclose(file);
    return found && MultiByteToWideChar(CP_UTF8, 0, value, -1, base, LONGEST);
}

static int find_base(void)
{
    wchar_t config[LONGEST];
    GetModuleFileNameW(NULL, self, LONGEST);
    wcscpy(config, self);
    *wcsrchr(config, L'\\') = 0; /* Scripts */
    *wcsrchr(config, L'\\') = 0; /* the environment */
    wcscat(config, L"\\pyvenv.cfg");
    return read_home(config) && wcscat(base, L"\\python.exe");
}

/* As CPython's does: whoever ends this process ends the child with it. */
static HANDLE make_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    HANDLE job = CreateJobObjectW(NULL, NULL);
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    return job;
}

/* What follows the program's own name on the command line, quotes and all. */
static const wchar_t *rest_of(const wchar_t *line)
{
    int quoted = 0;
    for (; *line && (quoted || (*line != L' ' && *line != L'\t')); line++)
        if (*line == L'"')
            quoted = !quoted;
    return line;
}

int wmain(void)
{
    STARTUPINFOW start;
    PROCESS_INFORMATION child;
    DWORD code = 1;
    if (!find_base())
        return 106;
    SetEnvironmentVariableW(L"__PYVENV_LAUNCHER__", self);
    _snwprintf(command, 32767, L"\"%ls\"%ls", base, rest_of(GetCommandLineW()));
    SetConsoleCtrlHandler(leave_ctrl_c_to_the_child, TRUE);
    GetStartupInfoW(&start);
    if (!CreateProcessW(base, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &child))
        return 101;
    AssignProcessToJobObject(make_job(), child.hProcess);
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return code;
}
