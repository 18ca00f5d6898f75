"""Adds one to a shared counter, many times, each time under a lock.

    PYTHONPATH=python python3 examples/tour/count.py MEMORY LOCK TIMES

The lock is a multiprocessing.Lock that another program made: attach_lock() finds it by name, for
which the standard library has no function.
"""

import hashlib
import sys

from named_shm import SharedMemory, attach_lock

WORK = bytes(4096)

memory, lock_name, times = sys.argv[1:]
lock = attach_lock(lock_name)


def acquire() -> None:
    # A lock does not notice that its holder died, so nobody should wait for ever.
    if not lock.acquire(timeout=20):
        sys.exit("the lock does not get free")


with SharedMemory(memory) as shm, shm.buf[:4].cast("i") as counter:
    # The starting line: who started this program holds the lock until all are ready.
    print("ready", flush=True)
    acquire()
    lock.release()

    for _ in range(int(times)):
        acquire()
        try:
            count = counter[0]
            hashlib.sha256(WORK).digest()  # Time for the others to come in, if they could.
            counter[0] = count + 1
        finally:
            lock.release()

print(f"+ {times}")
