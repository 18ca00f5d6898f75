#pragma once

namespace named_shm {

// Keeps the addon's code in memory until the process ends: the end of the Worker that loaded it may
// unload it, while the system still knows handlers in it.
void PinAddon() noexcept;

}  // namespace named_shm
