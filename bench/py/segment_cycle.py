"""CPython's cycles with a segment of 4 KiB: segment_cycle.py create|create-write|attach|attach-read"""

import sys
from multiprocessing.shared_memory import SharedMemory

from serve import serve

SIZE = 4096


def create(operations):
    for _ in range(operations):
        shm = SharedMemory(create=True, size=SIZE)
        shm.close()
        shm.unlink()


def create_write(operations):
    for _ in range(operations):
        shm = SharedMemory(create=True, size=SIZE)
        shm.buf[0] = 1
        shm.close()
        shm.unlink()


def attach(operations):
    for _ in range(operations):
        SharedMemory(segment.name).close()


def attach_read(operations):
    for _ in range(operations):
        shm = SharedMemory(segment.name)
        if shm.buf[0] != 0:
            raise ValueError("a new segment holds zeros")
        shm.close()


TASKS = {
    "create": create,
    "create-write": create_write,
    "attach": attach,
    "attach-read": attach_read,
}

segment = SharedMemory(create=True, size=SIZE)
try:
    serve(TASKS[sys.argv[1]])
finally:
    segment.close()
    segment.unlink()
