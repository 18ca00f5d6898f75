#pragma once

#include <napi.h>

#include <memory>

#include "platform/segment.h"

namespace named_shm {

// (byteOffset, byteLength): a Buffer over that part, which keeps the segment mapped; a
// failure; or undefined where there is no segment or the part is out of its bounds.
Napi::Value ExternalMemory(const Napi::CallbackInfo& info, const std::shared_ptr<Segment>& segment);

}  // namespace named_shm
