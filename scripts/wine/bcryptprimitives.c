// Jest's resolver wants random numbers of a library that Debian's Wine does not have yet.

#include <windows.h>

BOOLEAN NTAPI SystemFunction036(void* buffer, ULONG length);  // RtlGenRandom

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char* buffer, SIZE_T length) {
  return SystemFunction036(buffer, (ULONG)length);
}
