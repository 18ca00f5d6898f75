"""Reads the numbers that a program left which has ended, and removes them.

    PYTHONPATH=python python3 examples/hello/reader.py NAME
"""

import sys

from named_shm import SharedMemory

with SharedMemory(sys.argv[1]) as shm:
    with shm.buf[: 256 * 4].cast("i") as numbers:
        print(f"read {len(numbers)} numbers, the last is {numbers[-1]}, their sum {sum(numbers)}")
    shm.unlink()
