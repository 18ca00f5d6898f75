"""Tries to attach to a segment that is too large for it to map: fail_to_map.py KIND NAME."""

import resource
import sys
from multiprocessing import shared_memory

import named_shm

LIMIT = 1 << 29

kind, name = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
try:
    if kind == "stock":
        shared_memory.SharedMemory(name)
    elif kind == "untracked":
        shared_memory.SharedMemory(name, track=False)
    else:
        named_shm.SharedMemory(name)
except OSError as error:
    print(error.strerror)
