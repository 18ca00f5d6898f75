// Node-API's functions are found in the program that loaded the addon, whatever its file is called.
// With Microsoft's compiler node-gyp and cmake-js add the like of this.

#include <delayimp.h>
#include <windows.h>

#include <cstring>

namespace {

FARPROC WINAPI FindHost(unsigned event, DelayLoadInfo* info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr));
}

}  // namespace

PfnDliHook __pfnDliNotifyHook2 = FindHost;
