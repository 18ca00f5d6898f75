"""Opens things, prints a line about each, and holds them until the end of stdin.

hold.py KIND STEP...   KIND is "stock" for CPython's own classes, "untracked" for those with
track=False, "named_shm" for the companion's. A step is what to do, and the name to do it with:

    attach=NAME     prints the segment's first byte     create         prints the segment's name
    list=NAME       prints the list's first item        create-lock    prints the lock's name
    lock=NAME       prints whether the lock was free
"""

from __future__ import annotations

import sys
from functools import partial
from multiprocessing import get_context, shared_memory, synchronize
from typing import Any

import named_shm


def attach_stock_lock(name: str) -> Any:
    lock = synchronize.Lock.__new__(synchronize.Lock)
    lock.__setstate__((0, synchronize.SEMAPHORE, 1, f"/{name}"))
    return lock


def take_step(kind: str, deed: str, name: str) -> tuple[Any, Any]:
    """What was opened, and what there is to say about it."""
    classes: Any = named_shm if kind == "named_shm" else shared_memory
    memory = classes.SharedMemory
    if kind == "untracked":
        memory = partial(memory, track=False)

    if deed == "attach":
        segment = memory(name)
        return segment, segment.buf[0]
    if deed == "create":
        segment = memory(create=True, size=64)
        return segment, segment.name
    if deed == "list":
        items = classes.ShareableList(name=name)
        return items.shm, items[0]
    if deed == "lock":
        lock = named_shm.attach_lock(name) if kind == "named_shm" else attach_stock_lock(name)
        return lock, lock.acquire(False)
    if deed == "create-lock":
        lock = get_context("spawn").Lock()
        return lock, lock._semlock.name
    raise ValueError(deed)


def main() -> None:
    kind, *steps = sys.argv[1:]
    held = []
    for step in steps:
        deed, _, name = step.partition("=")
        opened, line = take_step(kind, deed, name)
        held.append(opened)
        print(line, flush=True)
    sys.stdin.read()
    for opened in held:
        if isinstance(opened, shared_memory.SharedMemory):
            opened.close()


if __name__ == "__main__":
    main()
