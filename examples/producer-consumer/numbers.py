"""Waits until the numbers are there, and adds them up.

    PYTHONPATH=python python3 examples/producer-consumer/numbers.py MEMORY FULL
"""

import sys

from named_shm import SharedMemory, attach_semaphore

full = attach_semaphore(sys.argv[2])
with SharedMemory(sys.argv[1]) as shm, shm.buf[: 100 * 8].cast("d") as numbers:
    print("ready", flush=True)
    if not full.acquire(timeout=20):
        sys.exit("nothing comes")
    total = 0.0
    for value in numbers:  # one after the other: sum() rounds in its own way from Python 3.12 on
        total += value
    print(total)
