// Node-API's functions are found in the program that loaded the addon, whatever its file is called.
// With Microsoft's compiler node-gyp and cmake-js add the like of this.

// clang-format off
#include <windows.h>  // before what builds on it
#include <delayimp.h>
// clang-format on

#include <cstring>

namespace {

FARPROC WINAPI FindHost(unsigned event, DelayLoadInfo* info) {
  if (event != dliNotePreLoadLibrary || _stricmp(info->szDll, "node.exe") != 0) return nullptr;
  return reinterpret_cast<FARPROC>(GetModuleHandleW(nullptr));
}

}  // namespace

PfnDliHook __pfnDliNotifyHook2 = FindHost;
