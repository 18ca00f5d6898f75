"""Sees a segment as a float64 matrix, and negates its first cell.

    PYTHONPATH=python python3 examples/tour/matrix.py NAME ROWS COLUMNS

The segment holds the numbers and nothing else: type and shape travel beside the name. With NumPy
it is an ndarray, without it the standard library's memoryview: neither copies.
"""

import json
import sys

from named_shm import SharedMemory

try:
    import numpy
except ImportError:
    numpy = None

name, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

with SharedMemory(name) as shm:
    if numpy:
        matrix = numpy.frombuffer(shm.buf, "float64", rows * columns).reshape(rows, columns)
        print(f"NumPy {numpy.__version__}: {matrix.dtype}, shape {matrix.shape}")
    else:
        matrix = shm.buf[: rows * columns * 8].cast("d", (rows, columns))
        print(f"memoryview, as there is no NumPy: float64, shape {matrix.shape}")
    print(json.dumps(matrix.tolist()))

    before = float(matrix[0, 0])
    matrix[0, 0] = -before
    print(f"[0, 0]  {before} → {matrix[0, 0]}")

    del matrix  # what looks into a segment has to go before the segment is closed
