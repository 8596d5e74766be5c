/* What llama.cpp asks of <windows.h> and Debian's mingw headers lack. */
#ifndef MISSING_WINDOWS_HEADERS
#define MISSING_WINDOWS_HEADERS
#include <windows.h>
#ifndef THREAD_POWER_THROTTLING_CURRENT_VERSION
#define THREAD_POWER_THROTTLING_CURRENT_VERSION 1
#define THREAD_POWER_THROTTLING_EXECUTION_SPEED 1
typedef struct {
    ULONG Version;
    ULONG ControlMask;
    ULONG StateMask;
} THREAD_POWER_THROTTLING_STATE;
#endif
#endif
