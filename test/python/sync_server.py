"""A server as server.py is, for everything from Lock to Event: one process serves many tests."""

from __future__ import annotations

from multiprocessing import get_context
from typing import Any

import named_shm
from server import Opened, keep, main, opened, operation

ATTACH: dict[str, Any] = {
    "Lock": named_shm.attach_lock,
    "RLock": named_shm.attach_rlock,
    "Semaphore": named_shm.attach_semaphore,
    "BoundedSemaphore": named_shm.attach_bounded_semaphore,
    "Condition": named_shm.attach_condition,
    "Event": named_shm.attach_event,
}


def keep_named(it: Any) -> Any:
    return keep(named_shm.names_of(it), Opened(it))


@operation
def make(type: str, args: list[Any], context: str = "spawn") -> Any:
    """An argument that is a string stands for an object of that type."""
    types = get_context(context)
    made = [getattr(types, arg)() if isinstance(arg, str) else arg for arg in args]
    return keep_named(getattr(types, type)(*made))


@operation
def attach(type: str, args: list[Any]) -> Any:
    return keep_named(ATTACH[type](*args))


@operation
def call(id: int, method: str, args: list[Any]) -> Any:
    return getattr(opened[id].it, method)(*args)


def send_call(pipe: Any, it: Any, method: str, args: list[Any]) -> None:
    pipe.send(getattr(it, method)(*args))


@operation
def call_in_child(id: int, context: str, method: str, args: list[Any]) -> Any:
    """In a child process, which gets the object as any child of Python's does."""
    multiprocessing = get_context(context)
    ours, theirs = multiprocessing.Pipe(duplex=False)
    arguments = (theirs, opened[id].it, method, args)
    child = multiprocessing.Process(target=send_call, args=arguments)
    child.start()
    theirs.close()
    try:
        return ours.recv()
    finally:
        child.join()


@operation
def look(id: int, times: int) -> int:
    """How often an event is found to be set."""
    return sum(opened[id].it.is_set() for _ in range(times))


if __name__ == "__main__":
    main()
