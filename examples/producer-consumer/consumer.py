"""Looks at each frame in the double buffer, where it is, and says how it went.

    PYTHONPATH=python python3 examples/producer-consumer/consumer.py MEMORY FREE FULL FRAMES SIZE
"""

import json
import struct
import sys
import time

from named_shm import SharedMemory, attach_semaphore

HEADER_BYTES, SLOTS, SAMPLE = 64, 2, 4093

memory, free_name, full_name = sys.argv[1:4]
frames, size = map(int, sys.argv[4:6])
free, full = attach_semaphore(free_name), attach_semaphore(full_name)
handover, wrong = [], 0

with SharedMemory(memory) as shm:
    print("ready", flush=True)
    begin = time.time()
    for index in range(frames):
        if not full.acquire(timeout=20):
            sys.exit("the producer does not come on")
        at = index % SLOTS * (HEADER_BYTES + size)
        done, number = struct.unpack_from("dd", shm.buf, at)
        handover.append(time.time() * 1000 - done)
        with shm.buf[at + HEADER_BYTES : at + HEADER_BYTES + size] as pixels:
            good = all(byte == index & 255 for byte in bytes(pixels[::SAMPLE]))
            good = good and pixels[-1] == index & 255
        if number != index or not good:
            wrong += 1
        free.release()
    print(json.dumps({"frames": frames, "wrong": wrong, "handoverMs": handover,
                      "milliseconds": (time.time() - begin) * 1000}))
