"""A Python program that does what a test tells it, so that one process serves many tests.

Each line on stdin is a request, {"do": operation, "with": its arguments}; the line on stdout that
answers it is {"result": value} or {"error": type, "message": text}. What a request opens is known
by the number `id` in its answer. Items of lists and elements of arrays travel as Python literals,
the output of repr(): they say exactly what a value is, also whether 3 is an int or a float.

`kind` says whose class is used: "stock" is CPython's own, "named_shm" the companion's. At the end
of stdin the program closes everything, and unlinks what it made.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from contextlib import ExitStack
from multiprocessing import get_context, shared_memory, synchronize
from typing import Any, Callable

import named_shm

MODULES: dict[str, Any] = {"stock": shared_memory, "named_shm": named_shm}
LITERALS = {"__builtins__": {}, "nan": float("nan"), "inf": float("inf")}

spawn = get_context("spawn")
operations: dict[str, Callable[..., Any]] = {}
opened: dict[int, Opened] = {}
numbers = itertools.count(1)


class Opened:
    """A segment, list, array or semaphore: `it`, and the segment below it if there is one."""

    def __init__(self, it: Any, memory: Any = None, made: bool = False) -> None:
        self.it, self.memory, self.made = it, memory, made

    def drop(self) -> None:
        self.it = None  # an array has to go before its memory; a semaphore unlinks what it made
        if self.memory is None:
            return
        self.memory.close()
        if self.made:
            try:
                self.memory.unlink()
            except FileNotFoundError:
                pass  # the test has done that


def keep(name: str, entry: Opened) -> dict[str, Any]:
    number = next(numbers)
    opened[number] = entry
    return {"id": number, "name": name}


def literal(text: str) -> Any:
    return eval(text, LITERALS)


def operation(function: Callable[..., Any]) -> Callable[..., Any]:
    operations[function.__name__] = function
    return function


def keep_segment(memory: Any, made: bool) -> dict[str, Any]:
    return {**keep(memory.name, Opened(memory, memory, made)), "size": memory.size}


@operation
def create_segment(kind: str, size: int, name: str | None = None) -> Any:
    return keep_segment(MODULES[kind].SharedMemory(name, create=True, size=size), made=True)


@operation
def attach_segment(kind: str, name: str) -> Any:
    return keep_segment(MODULES[kind].SharedMemory(name), made=False)


@operation
def create_empty(name: str) -> None:
    """A segment that nobody has given a size; the test unlinks it."""
    import _posixshmem

    os.close(_posixshmem.shm_open(f"/{name}", os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600))


@operation
def read(id: int, offset: int, length: int) -> str:
    return bytes(opened[id].memory.buf[offset : offset + length]).hex()


@operation
def write(id: int, offset: int, data: str) -> None:
    content = bytes.fromhex(data)
    opened[id].memory.buf[offset : offset + len(content)] = content


@operation
def close(id: int) -> None:
    opened[id].memory.close()


@operation
def unlink(id: int) -> None:
    opened[id].memory.unlink()


@operation
def drop(id: int) -> None:
    opened.pop(id).drop()


def keep_list(items: Any, made: bool) -> dict[str, Any]:
    return {**keep(items.shm.name, Opened(items, items.shm, made)), "size": items.shm.size}


@operation
def create_list(kind: str, items: str, name: str | None = None) -> Any:
    return keep_list(MODULES[kind].ShareableList(literal(items), name=name), made=True)


@operation
def attach_list(kind: str, name: str) -> Any:
    return keep_list(MODULES[kind].ShareableList(name=name), made=False)


@operation
def get_item(id: int, index: int) -> str:
    return repr(opened[id].it[index])


@operation
def set_item(id: int, index: int, value: str) -> None:
    opened[id].it[index] = literal(value)


@operation
def items(id: int) -> list[str]:
    return [repr(item) for item in opened[id].it]


@operation
def length(id: int) -> int:
    return len(opened[id].it)


@operation
def format(id: int) -> str:
    return opened[id].it.format


@operation
def count(id: int, value: str) -> int:
    return opened[id].it.count(literal(value))


@operation
def index(id: int, value: str) -> int:
    return opened[id].it.index(literal(value))


def keep_array(memory: Any, made: bool, dtype: str, shape: list[int]) -> dict[str, Any]:
    import numpy

    array = numpy.ndarray(shape, dtype, buffer=memory.buf)
    return {**keep(memory.name, Opened(array, memory, made)), "size": memory.size}


@operation
def create_array(kind: str, dtype: str, shape: list[int]) -> Any:
    import numpy

    size = int(numpy.prod(shape)) * numpy.dtype(dtype).itemsize
    memory = MODULES[kind].SharedMemory(create=True, size=size)
    return keep_array(memory, True, dtype, shape)


@operation
def attach_array(kind: str, name: str, dtype: str, shape: list[int]) -> Any:
    return keep_array(MODULES[kind].SharedMemory(name), False, dtype, shape)


@operation
def describe_array(id: int) -> dict[str, Any]:
    array = opened[id].it
    return {
        "dtype": array.dtype.name,
        "shape": array.shape,
        "strides": array.strides,
        "values": [repr(value) for value in array.ravel().tolist()],
    }


@operation
def set_element(id: int, index: list[int], value: str) -> None:
    opened[id].it[tuple(index)] = literal(value)


@operation
def create_semaphore(type: str, value: int | None = None) -> Any:
    made = getattr(spawn, type)(*[] if value is None else [value])
    return keep(made._semlock.name, Opened(made))


@operation
def attach_semaphore(kind: str, type: str, name: str) -> Any:
    if kind == "named_shm":
        attach = {"Lock": named_shm.attach_lock, "Semaphore": named_shm.attach_semaphore}[type]
        return keep(name, Opened(attach(name)))
    # What a spawned child of CPython does with the state that it was sent.
    greatest = {"Lock": 1, "Semaphore": synchronize.SEM_VALUE_MAX}[type]
    attached = getattr(synchronize, type).__new__(getattr(synchronize, type))
    attached.__setstate__((0, synchronize.SEMAPHORE, greatest, f"/{name}"))
    return keep(name, Opened(attached))


@operation
def value(id: int) -> int:
    return opened[id].it._semlock._get_value()


@operation
def acquire(id: int, timeout: float | None) -> bool:
    return opened[id].it.acquire(True, timeout)


@operation
def try_acquire(id: int) -> bool:
    return opened[id].it.acquire(False)


@operation
def release(id: int) -> None:
    opened[id].it.release()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": operations[request["do"]](**request["with"])}
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def main() -> None:
    try:
        for line in sys.stdin.buffer:
            print(json.dumps(answer(json.loads(line))), flush=True)
    finally:
        with ExitStack() as stack:  # each is dropped, also where another one fails to be
            for entry in opened.values():
                stack.callback(entry.drop)


if __name__ == "__main__":
    main()
