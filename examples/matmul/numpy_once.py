"""Multiplies with NumPy, on as many threads as the environment says, and compares with C.

    PYTHONPATH=python python3 examples/matmul/numpy_once.py A B C DTYPE ROWS DEPTH COLUMNS
"""

import sys
import time

import numpy
from named_shm import SharedMemory

names, dtype = sys.argv[1:4], sys.argv[4]
rows, depth, columns = map(int, sys.argv[5:8])
segments = [SharedMemory(name) for name in names]
shapes = [(rows, depth), (depth, columns), (rows, columns)]
a, b, c = (numpy.ndarray(shape, dtype, shm.buf) for shape, shm in zip(shapes, segments))
a[:8] @ b  # OpenBLAS makes itself ready
begin = time.perf_counter()
product = a @ b
print((time.perf_counter() - begin) * 1000)
print(float(abs(product - c).max() / abs(product).max()))
del a, b, c
for shm in segments:
    shm.close()
