#pragma once

#include <napi.h>

#include "tracking/tracker.h"

namespace named_shm {

// openJournal(path): keeps this environment's tracked names in a new journal at the path.
Napi::Value OpenJournal(const Napi::CallbackInfo& info);

// reclaimJournal(path, dryRun): the names that it unlinked, as [{ kind, name }].
Napi::Value ReclaimJournal(const Napi::CallbackInfo& info);

// Gives the handle of what was made the number under which it is tracked, as `serial`: the name
// alone may stand for a later one by the time that the handle is let go of.
Napi::Value WithSerial(const Napi::Value& handle, const Tracker::Candidate& candidate);

// watchSignals(): takes back signals that the program has stopped to handle.
Napi::Value WatchSignals(const Napi::CallbackInfo& info);

}  // namespace named_shm
