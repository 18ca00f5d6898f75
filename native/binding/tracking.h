#pragma once

#include <napi.h>

namespace named_shm {

// openJournal(path): keeps this environment's tracked names in a new journal at the path.
Napi::Value OpenJournal(const Napi::CallbackInfo& info);

// reclaimJournal(path, dryRun): the names that it unlinked, as [{ kind, name }].
Napi::Value ReclaimJournal(const Napi::CallbackInfo& info);

// watchSignals(): takes back signals that the program has stopped to handle.
Napi::Value WatchSignals(const Napi::CallbackInfo& info);

}  // namespace named_shm
