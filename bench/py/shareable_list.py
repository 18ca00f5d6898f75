"""CPython's ShareableList: shareable_list.py get|set int|float|str"""

import sys
from multiprocessing.shared_memory import ShareableList

from serve import serve

LENGTH = 8

# Two items of each kind, to be stored in turns: bench/rows/list.ts has the same.
ITEMS = {
    "int": (42, 1234567),
    "float": (3.14, -0.5),
    "str": ("frame", "camera"),
}

access, kind = sys.argv[1:]
even, odd = ITEMS[kind]


def get(operations):
    items = shared
    for done in range(operations):
        last = items[done % LENGTH]
    if last != odd:
        raise ValueError(f"the list returned {last!r}")


def set_(operations):
    items = shared
    for done in range(operations):
        items[done % LENGTH] = odd if done % 2 else even


shared = ShareableList([odd] * LENGTH)
try:
    serve(get if access == "get" else set_)
finally:
    shared.shm.close()
    shared.shm.unlink()
