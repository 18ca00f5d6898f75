#pragma once

#include <napi.h>

namespace named_shm {

// openJournal(path): keeps this environment's tracked names in a new journal at the path.
Napi::Value OpenJournal(const Napi::CallbackInfo& info);

// reclaimJournal(path, dryRun, force): the names that it unlinked, as [{ kind, name }].
Napi::Value ReclaimJournal(const Napi::CallbackInfo& info);

// unlinkTracked(): removes everything that this environment tracks, as its end does.
Napi::Value UnlinkTracked(const Napi::CallbackInfo& info);

// Random, the same in every environment of the process.
double ProcessToken() noexcept;

}  // namespace named_shm
