"""Counts in a segment, together with other programs: count.py KIND SEGMENT TIMES LOCK...

It attaches to the locks as KIND does. Under each it counts so many times, in two words of its own.
It says "ready", begins once it is told to, and then says how often somebody else was there while it
held a lock. test/children/python-counter.ts does the same in Node.
"""

from __future__ import annotations

import os
import sys
from multiprocessing import synchronize

from named_shm import SharedMemory, attach_lock

LOOKS = 100  # long enough, some microseconds, for others to come in if the lock let them


def attach(kind: str, name: str) -> synchronize.Lock:
    if kind == "named_shm":
        return attach_lock(name)
    lock = synchronize.Lock.__new__(synchronize.Lock)
    lock.__setstate__((0, synchronize.SEMAPHORE, 1, name))
    return lock


def count_one(words: memoryview, count: int, holder: int, me: int) -> bool:
    """Whether it was alone while it did."""
    alone = words[holder] == 0
    words[holder] = me
    seen = words[count]
    for _ in range(LOOKS):
        alone = words[holder] == me and alone
    words[count] = seen + 1
    alone = words[holder] == me and alone
    words[holder] = 0
    return alone


def main() -> None:
    kind, segment_name, times, *lock_names = sys.argv[1:]
    locks = [attach(kind, name) for name in lock_names]
    with SharedMemory(segment_name) as memory, memory.buf.cast("q") as words:
        print("ready", flush=True)
        sys.stdin.readline()
        intrusions = 0
        for i, lock in enumerate(locks):
            for _ in range(int(times)):
                with lock:
                    intrusions += not count_one(words, 2 * i, 2 * i + 1, os.getpid())
        print(intrusions, flush=True)


if __name__ == "__main__":
    main()
