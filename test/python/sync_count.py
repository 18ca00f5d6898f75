"""Counts in a segment, together with other programs: sync_count.py TYPE NAMED SEGMENT TIMES.

It attaches to a lock or to what has one, says "ready", and counts once it is told to. At the end it
says how often somebody else was there while it held the lock. test/children/sync-python-count.ts
does the same in Node.
"""

from __future__ import annotations

import json
import os
import sys

import named_shm

LOOKS = 20  # long enough, a microsecond or two, for others to come in if the lock let them

ATTACH = {
    "Lock": named_shm.attach_lock,
    "RLock": named_shm.attach_rlock,
    "BoundedSemaphore": lambda name: named_shm.attach_bounded_semaphore(name, 1),
    "Condition": named_shm.attach_condition,
}


def count_one(words: memoryview, me: int) -> bool:
    alone = words[1] == 0
    words[1] = me
    seen = words[0]
    for _ in range(LOOKS):
        alone = words[1] == me and alone
    words[0] = seen + 1
    alone = words[1] == me and alone
    words[1] = 0
    return alone


def main() -> None:
    type, named, segment_name, times = sys.argv[1:]
    lock = ATTACH[type](json.loads(named))
    depth = 2 if type in ("RLock", "Condition") else 1
    with named_shm.SharedMemory(segment_name) as memory, memory.buf.cast("i") as words:
        print("ready", flush=True)
        sys.stdin.readline()
        intrusions = 0
        for _ in range(int(times)):
            for _ in range(depth):
                lock.acquire()
            intrusions += not count_one(words, os.getpid())
            for _ in range(depth):
                lock.release()
        print(intrusions, flush=True)


if __name__ == "__main__":
    main()
