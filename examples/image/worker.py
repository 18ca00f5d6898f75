"""Filters bands of each picture with NumPy: the same whole numbers as passes.ts.

    PYTHONPATH=python python3 examples/image/worker.py JOB
"""

import json
import sys

import numpy
from named_shm import SharedMemory, attach_lock, attach_semaphore


def rows_of(frame, begin, end):
    """Rows that may lie beyond the border: there the picture goes on as its last row."""
    return frame[numpy.clip(numpy.arange(begin, end), 0, len(frame) - 1)]


def luma(rgba):
    r, g, b = (rgba[..., i].astype("int32") for i in range(3))
    return (77 * r + 150 * g + 29 * b + 128) >> 8


def weighted(rows, weights, axis, length):
    total = numpy.full((), 1 << 15, "int32")
    for i, weight in enumerate(weights):
        part = [slice(None)] * 3
        part[axis] = slice(i, i + length)
        total = total + weight * rows[tuple(part)].astype("int32")
    return total >> 16


def apply(step, source, target, begin, end):
    kind, height, width = step["kind"], end - begin, source.shape[1]
    own, out = source[begin:end], target[begin:end]
    out[..., 3] = own[..., 3]
    if kind == "table":
        out[..., :3] = numpy.array(step["table"], "uint8")[own[..., :3]]
    elif kind == "gray":
        out[..., :3] = luma(own)[..., None]
    elif kind == "vertical":
        radius = len(step["weights"]) // 2
        rows = rows_of(source, begin - radius, end + radius)[..., :3]
        out[..., :3] = weighted(rows, step["weights"], 0, height)
    elif kind == "horizontal":
        radius = len(step["weights"]) // 2
        rows = numpy.pad(own[..., :3], ((0, 0), (radius, radius), (0, 0)), "edge")
        out[..., :3] = weighted(rows, step["weights"], 1, width)
    else:
        rows = numpy.pad(rows_of(source, begin - 1, end + 1), ((0, 0), (1, 1), (0, 0)), "edge")
        if kind == "sharpen":
            p = rows[..., :3].astype("int32")
            around = p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]
            out[..., :3] = numpy.clip(5 * p[1:-1, 1:-1] - around, 0, 255)
        else:
            g = luma(rows)
            dx = g[:-2, 2:] + 2 * g[1:-1, 2:] + g[2:, 2:] - g[:-2, :-2] - 2 * g[1:-1, :-2] - g[2:, :-2]
            dy = g[2:, :-2] + 2 * g[2:, 1:-1] + g[2:, 2:] - g[:-2, :-2] - 2 * g[:-2, 1:-1] - g[:-2, 2:]
            edges = numpy.floor(numpy.sqrt(dx * dx + dy * dy) + 0.5)
            out[..., :3] = numpy.minimum(edges, 255).astype("uint8")[..., None]


def bands(words, lock, rows, height):
    """Where the bands begin that this worker gets: the next one, as long as there is one."""
    while True:
        with lock:
            begin = rows * words[0]
            words[0] += 1
        if begin >= height:
            return
        yield begin


def main():
    job = json.loads(sys.argv[1])
    shape = (job["height"], job["width"], 4)
    count = shape[0] * shape[1] * 4
    segments = [SharedMemory(name) for name in job["frames"]]
    frames = [numpy.ndarray(shape, "uint8", shm.buf[:count]) for shm in segments]
    state = SharedMemory(job["state"])
    words = state.buf.cast("i")
    lock = attach_lock(job["lock"])
    go, done = attach_semaphore(job["go"]), attach_semaphore(job["done"])
    print("ready", flush=True)
    while True:
        for i, step in enumerate(job["passes"]):
            if not go.acquire(timeout=60):
                sys.exit("nobody said go")
            if words[1]:
                frames.clear()
                words.release()
                for shm in [*segments, state]:
                    shm.close()
                return
            for begin in bands(words, lock, job["band"], job["height"]):
                end = min(begin + job["band"], job["height"])
                apply(step, frames[i % 2], frames[1 - i % 2], begin, end)
            done.release()


main()
