"""Computes its share of C = A·B with NumPy, beside workers in Node that take tiles from the same
counter.

    PYTHONPATH=python python3 examples/matmul/worker.py JOB
"""

import json
import sys
import time

import numpy
from named_shm import SharedMemory, attach_lock, attach_semaphore

job = json.loads(sys.argv[1])
rows, depth, columns, tile = job["rows"], job["depth"], job["columns"], job["tile"]


def see(name, dtype, shape):
    shm = SharedMemory(name)
    segments.append(shm)
    return numpy.ndarray(shape, dtype, shm.buf)


segments = []
a = see(job["a"], job["dtype"], (rows, depth))
b = see(job["b"], job["dtype"], (depth, columns))
c = see(job["c"], job["dtype"], (rows, columns))
tiles = [(i, j) for i in range(0, rows, tile) for j in range(0, columns, tile)]  # as in tiles.ts
state = see(job["state"], "int32", (1 + job["workers"],))
log = see(job["log"], "float64", (len(tiles), 3))
lock = attach_lock(job["lock"])  # NumPy has no atomic addition
go = attach_semaphore(job["go"])

print("ready", flush=True)
if not go.acquire(timeout=20):
    sys.exit("nobody said go")
while True:
    with lock:
        index = int(state[0])
        state[0] = index + 1
    if index >= len(tiles):
        break
    begin = time.time()
    i, j = tiles[index]
    numpy.matmul(a[i : i + tile], b[:, j : j + tile], out=c[i : i + tile, j : j + tile])
    log[index] = (job["worker"], begin * 1000, time.time() * 1000)
    state[1 + job["worker"]] += 1

del a, b, c, state, log  # what looks into a segment has to go before the segment is closed
for shm in segments:
    shm.close()
