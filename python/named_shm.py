"""Shared memory and semaphores in which Python and other programs meet by name.

The companion of the Node.js library named-shm. CPython's own classes work with it too, but have
traps that these have not: their resource tracker destroys the segments of other programs, so does
an attach that fails, and lists damage text outside ASCII.

    from named_shm import SharedMemory, ShareableList, attach_lock

    with SharedMemory("frames") as frames, attach_lock("frames-lock"):
        frames.buf[:3] = b"RGB"

Semaphores, and what CPython builds from them, other programs make and `attach_*` attaches to; or
CPython makes them, and `names_of` says by which names others attach. All are CPython's own objects.

Names are taken with or without one leading slash. For CPython 3.8 to 3.13 on Linux and macOS. On
Windows the classes work as CPython's do, and `attach_*` and `names_of` raise NotImplementedError:
CPython's semaphores have no names there.
"""

from __future__ import annotations

import mmap
import operator
import os
import re
import secrets
import struct
import sys
import time
from array import array
from itertools import accumulate
from multiprocessing import shared_memory, synchronize, util
from typing import Iterable, Mapping, TypeVar, Union

if os.name == "posix":
    import _posixshmem

__all__ = ["SharedMemory", "ShareableList", "attach_lock", "attach_rlock", "attach_semaphore"]
__all__ += ["attach_bounded_semaphore", "attach_condition", "attach_event", "names_of"]

Item = Union[int, float, bool, str, bytes, None]
Named = Union[str, Mapping[str, str]]
_S = TypeVar("_S", bound=synchronize.SemLock)


def _bare(name: str) -> str:
    """The name without the one leading slash that it may have."""
    if not isinstance(name, str):
        raise TypeError(f"a name must be a str, not {name!r}")
    if "\0" in name:  # before 3.13 CPython opens what stands in front of it
        raise ValueError("embedded null character")
    bare = name[1:] if name.startswith("/") else name
    if bare in ("", ".", "..") or "/" in bare:
        raise ValueError(f"not a name for shared memory: {name!r}")
    return bare


class SharedMemory(shared_memory.SharedMemory):
    """A named segment of shared memory that lives until somebody unlinks it.

    `SharedMemory(name)` attaches to a segment of any program; with `create=True` it makes one of
    `size` bytes, all zero, and draws a name if given none. `buf` is a memoryview of the whole,
    `size` its length in bytes (macOS and Windows round it up to a page). Leaving a `with` block
    closes and does not unlink. The resource tracker never hears of a segment: who makes one calls
    `unlink()` when it is no longer needed. In another process that it is sent to, it attaches.

    Raises OSErrors such as FileNotFoundError and FileExistsError; ValueError for a bad size, no
    name, an empty segment or `track=True`; BufferError from `close()` while views of `buf` live.

        with SharedMemory("frames", create=True, size=640 * 480) as frames:
            pixels = numpy.frombuffer(frames.buf, numpy.uint8)
            del pixels  # else close() refuses; an ndarray(buffer=...) it lets crash when used
    """

    _track = False  # what 3.13's methods ask

    def __init__(
        self, name: str | None = None, create: bool = False, size: int = 0, *, track: bool = False
    ) -> None:
        if track:
            raise ValueError("named_shm never tracks; multiprocessing.shared_memory does")
        name = None if name is None else _bare(name)
        if os.name == "posix":
            self._open(name, create, size)
        else:
            super().__init__(name, create, size)

    def _open(self, name: str | None, create: bool, size: int) -> None:
        """Do what CPython's constructor does on POSIX, less its two ways to destroy others' data.

        Before 3.13 it always registers the name with the resource tracker, which unlinks it when
        this program ends (gh-82300); to replace the tracker's function for a moment would take it
        from other threads and forks too. And on every version it unlinks a name that it fails to
        map, even one it only attached to (gh-153279), so that `track=False` does not suffice.
        """
        if size < 0:
            raise ValueError("'size' must be a positive integer")
        if create and size == 0:
            raise ValueError("'size' must be a positive number different from zero")
        if name is None and not create:
            raise ValueError("'name' can only be None if create=True")

        flags = os.O_RDWR | (os.O_CREAT | os.O_EXCL if create else 0)
        while self._fd < 0:
            path = "/" + (f"nshm_{secrets.token_hex(4)}" if name is None else name)
            try:
                self._fd = _posixshmem.shm_open(path, flags, mode=0o600)
            except FileExistsError:
                if name is not None:
                    raise
        self._name = path
        try:
            if create:
                os.ftruncate(self._fd, size)
                if sys.platform == "linux":  # ENOSPC now, not SIGBUS at the first write: gh-114390
                    os.posix_fallocate(self._fd, 0, size)
            self._size = self._size_once_known()
            self._mmap = mmap.mmap(self._fd, self._size)
            self._buf = memoryview(self._mmap)
        except BaseException:
            if create:
                self.unlink()
            self.close()
            raise

    def _size_once_known(self) -> int:
        """The segment's size, waited for a moment: CPython shows a segment before it gives it one."""
        deadline = time.monotonic() + 0.1
        while True:
            size = os.fstat(self._fd).st_size
            if size > 0 or time.monotonic() > deadline:
                return size
            time.sleep(0.0005)

    def unlink(self) -> None:
        """Remove the name, or raise FileNotFoundError; the memory goes with its last user.

        Does nothing on Windows, where the name goes with the last handle.
        """
        if os.name == "posix":
            _posixshmem.shm_unlink(self._name)

    def __enter__(self) -> SharedMemory:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


# An item's code says what its unpacked value becomes.
_PLAIN, _STR, _BYTES, _NONE = range(4)
_SCALARS = {int: ("q", _PLAIN), float: ("d", _PLAIN), bool: ("xxxxxxx?", _PLAIN)}
_SCALARS[type(None)] = ("xxxxxx?x", _NONE)
_TEXT = re.compile("[0-9]+s")


def _pack(value: Item, width: int | None = None) -> tuple[bytes, str, int]:
    """The bytes, format and code that store `value` in a slot of `width` bytes, or in a new one."""
    if not isinstance(value, (str, bytes)):
        fmt, code = _SCALARS[type(value)]
        return struct.pack(fmt, value), fmt, code
    # CPython sizes a new slot by characters, not bytes, and damages what is longer: gh-145261.
    data = value.encode() if isinstance(value, str) else value
    if data.endswith(b"\0"):
        raise ValueError("bytes/str item ends in a NUL, which reading would strip")
    width = width or 8 * (len(data) // 8 + 1)
    fmt = f"{width}s"  # the whole slot: CPython cuts what it assigns to the format it finds there
    if len(data) > width or len(fmt) > 8:  # a format has 8 bytes
        raise ValueError("bytes/str item exceeds available storage")
    return data.ljust(width, b"\0"), fmt, _STR if isinstance(value, str) else _BYTES


def _slot_bounds(buf: memoryview) -> list[int]:
    """Where in `buf` each slot of a list begins, and where the last one ends, for either layout."""
    size = len(buf)
    count = struct.unpack_from("q", buf)[0] if size >= 8 else -1
    if count == 0:
        return [8]
    # An item takes 25 bytes or more, so that nothing below reads or allocates more than there is.
    if 0 < count <= (size - 8) // 25:
        table = array("q", bytes(buf[8 : 16 + 8 * count]))
        if table[0] == 0:
            start, offsets = 16 + 8 * count, list(table)
        else:
            start, offsets = 8 + 8 * count, list(accumulate(table[:-1], initial=0))
        fits = start + offsets[-1] + 9 * count <= size
        if fits and all(end - begin >= 8 for begin, end in zip(offsets, offsets[1:])):
            return [start + offset for offset in offsets]
    raise ValueError(f"no ShareableList in this segment: {count} items in {size} bytes")


class ShareableList(shared_memory.ShareableList):
    """A list of fixed length in shared memory: int (64 bits), float, bool, str, bytes and None.

    `ShareableList(items)` makes one, with a `name` if given; `ShareableList(name=...)` attaches to
    one of any CPython or Node.js program. The slot of a text has the next multiple of 8 bytes above
    its UTF-8 length, and what is assigned to it later must fit. `shm` is the segment, to close and
    unlink. Leaving a `with` block closes and does not unlink.

    Raises ValueError for text that exceeds its slot or ends in a NUL (which CPython loses), for a
    segment that holds no list and for a damaged item; IndexError; KeyError for other types;
    struct.error for an int over 64 bits. A refused assignment changes nothing.

        with ShareableList(["idle", 0, 0.5, None], name="state") as state:
            state[0] = "running"

    The layout for N items and K bytes of slots, in native byte order:

        3.9 and later    3.8
        int64            int64           N
        (N + 1) * int64                  where each slot begins after this table: first 0, last K
                         N * int64       how long each slot is: 8 or more
        K bytes          K bytes         the slots
        N * 8 bytes      N * 8 bytes     each item's struct format, NUL-padded
        N bytes          N bytes         each item's code

    Every version writes the first, and reads and assigns both: a second int64 of 0 tells it.
    """

    def __init__(self, sequence: Iterable[Item] | None = None, *, name: str | None = None) -> None:
        if sequence is None and name is not None:
            self.shm = SharedMemory(name)
        else:
            slots = [_pack(item) for item in sequence or ()]
            offsets = accumulate((len(data) for data, _, _ in slots), initial=0)
            content = b"".join([
                struct.pack(f"{len(slots) + 2}q", len(slots), *offsets),
                *(data for data, _, _ in slots),
                *(struct.pack("8s", fmt.encode()) for _, fmt, _ in slots),
                bytes(code for _, _, code in slots),
            ])
            self.shm = SharedMemory(name, create=True, size=len(content))
            self.shm.buf[: len(content)] = content
        try:
            self._bounds = _slot_bounds(self.shm.buf)
        except ValueError:
            self.shm.close()
            raise

    def _index(self, position: int, message: str) -> int:
        """`position` counted from the front; at -N-1 CPython reads and writes its format table."""
        index, count = operator.index(position), len(self)
        if not -count <= index < count:
            raise IndexError(message)
        return index % count

    def _format(self, index: int) -> str:
        (fmt,) = struct.unpack_from("8s", self.shm.buf, self._bounds[-1] + 8 * index)
        return fmt.rstrip(b"\0").decode()

    def __getitem__(self, position: int) -> Item:
        index = self._index(position, "index out of range")
        begin, end = self._bounds[index : index + 2]
        fmt, code = self._format(index), self.shm.buf[self._bounds[-1] + 8 * len(self) + index]
        text = _TEXT.fullmatch(fmt) and code in (_STR, _BYTES) and int(fmt[:-1]) <= end - begin
        if not text and (fmt, code) not in _SCALARS.values():
            raise ValueError(f"item {index} is damaged: format {fmt!r}, code {code}")
        (value,) = struct.unpack_from(fmt, self.shm.buf, begin)
        if text:
            value = value.rstrip(b"\0")
        return value.decode() if code == _STR else None if code == _NONE else value

    def __setitem__(self, position: int, value: Item) -> None:
        index = self._index(position, "assignment index out of range")
        begin, end = self._bounds[index : index + 2]
        data, fmt, code = _pack(value, end - begin)
        formats, buf = self._bounds[-1], self.shm.buf
        struct.pack_into("8s", buf, formats + 8 * index, fmt.encode())
        buf[formats + 8 * len(self) + index] = code
        buf[begin : begin + len(data)] = data

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @property
    def format(self) -> str:
        """The items' struct formats, joined: `q` int, `d` float, `16s` text in 16 bytes."""
        return "".join(map(self._format, range(len(self))))

    def __enter__(self) -> ShareableList:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.shm.close()


def _check_system() -> None:
    if os.name != "posix":
        raise NotImplementedError("CPython's semaphores have no names on this system")


def _attach(cls: type[_S], kind: int, maxvalue: int, name: str) -> _S:
    """An object of `cls` over a named semaphore, made as in a spawned child: without a tracker."""
    _check_system()
    path = "/" + _bare(name)
    semaphore = cls.__new__(cls)
    try:
        semaphore.__setstate__((0, kind, maxvalue, path))
    except OSError as error:  # CPython's does not say which name
        raise OSError(error.errno, error.strerror, path) from None
    # As the constructor does, but not __setstate__: a forked child holds nothing of its parent's.
    util.register_after_fork(semaphore, lambda copy: copy._semlock._after_fork())
    return semaphore


def attach_lock(name: str) -> synchronize.Lock:
    """The `multiprocessing.Lock` over a named semaphore that another program made, with value 1.

    Any program may release it, and nothing does when its holder dies. Timeouts are in seconds.
    Raises FileNotFoundError if there is none, other OSErrors, and on Windows NotImplementedError.

        with attach_lock("frames-lock"):
            frames.buf[0] += 1
    """
    return _attach(synchronize.Lock, synchronize.SEMAPHORE, 1, name)


def attach_rlock(name: str) -> synchronize.RLock:
    """The `multiprocessing.RLock` over a named semaphore that another program made, with value 1.

    The thread that holds it through this object can take it again, and alone can release it: the
    semaphore knows no owner and no depth. Timeouts and errors as for `attach_lock`.

        lock = attach_rlock("tree")
        with lock, lock:
            ...
    """
    return _attach(synchronize.RLock, synchronize.RECURSIVE_MUTEX, 1, name)


def attach_semaphore(name: str) -> synchronize.Semaphore:
    """The `multiprocessing.Semaphore` over a named semaphore that another program made.

    Its value counts the tokens left. Timeouts and errors as for `attach_lock`.

        if attach_semaphore("free-slots").acquire(timeout=0.5):
            ...
    """
    return _attach(synchronize.Semaphore, synchronize.SEMAPHORE, synchronize.SEM_VALUE_MAX, name)


def attach_bounded_semaphore(name: str, value: int) -> synchronize.BoundedSemaphore:
    """The `multiprocessing.BoundedSemaphore` over a named semaphore that another program made.

    `value` is the bound, which the system does not store: say what its creator said. A release
    beyond it raises ValueError. Timeouts and errors as for `attach_lock`.
    """
    if not 1 <= value <= synchronize.SEM_VALUE_MAX:
        raise ValueError(f"value must be 1 to {synchronize.SEM_VALUE_MAX}, not {value}")
    return _attach(synchronize.BoundedSemaphore, synchronize.SEMAPHORE, value, name)


# What a condition consists of. Who makes one makes its lock last, so that is attached to first.
_CONDITION = ("lock", "sleeping", "woken", "wait")


def _name_of_part(named: Named, part: str) -> str:
    return f"{named}.{part}" if isinstance(named, str) else named[part]


def _condition(lock: synchronize.SemLock, named: Named) -> synchronize.Condition:
    condition = synchronize.Condition.__new__(synchronize.Condition)
    counters = [attach_semaphore(_name_of_part(named, part)) for part in _CONDITION[1:]]
    condition.__setstate__((lock, *counters))
    return condition


def attach_condition(named: Named) -> synchronize.Condition:
    """The `multiprocessing.Condition` over four named semaphores that another program made.

    Either by one name, for those that Node.js makes as `name.lock` (an RLock), `name.sleeping`,
    `name.woken` and `name.wait`; or by a name for each, as `names_of` gives them.

    `notify` waits until those it woke are awake: as long as a Node.js program that waits is busy,
    and for ever where one was killed as it waited. Errors as for `attach_lock`.

        with attach_condition("ready") as ready:
            ready.wait_for(lambda: queue[0] > 0, timeout=1)
    """
    return _condition(attach_rlock(_name_of_part(named, "lock")), named)


def attach_event(named: Named) -> synchronize.Event:
    """The `multiprocessing.Event` over five named semaphores that another program made.

    By one name or by a name for each, as for `attach_condition`; its lock is a Lock, and there is a
    `name.flag` besides. `set` waits as `notify` does. Errors as for `attach_lock`.

        attach_event("stop").set()
    """
    event = synchronize.Event.__new__(synchronize.Event)
    event._cond = _condition(attach_lock(_name_of_part(named, "lock")), named)
    event._flag = attach_semaphore(_name_of_part(named, "flag"))
    return event


def names_of(it: object) -> str | dict[str, str]:
    """The names of the semaphores of a `multiprocessing` object, for others to attach to.

    A string for a Lock, RLock, Semaphore or BoundedSemaphore; a dictionary with the keys lock,
    sleeping, woken and wait for a Condition, and flag too for an Event. `attach` in Node.js takes
    just that, and so does `attach_*` here. The names go when CPython's object goes.

    Raises TypeError for anything else; ValueError for an object of the fork context, which has no
    names; on Windows NotImplementedError.

        stop = multiprocessing.get_context("spawn").Event()
        print(json.dumps(names_of(stop)))
    """
    _check_system()
    if isinstance(it, synchronize.Event):
        return {**names_of(it._cond), "flag": names_of(it._flag)}
    if isinstance(it, synchronize.Condition):
        parts = it._lock, it._sleeping_count, it._woken_count, it._wait_semaphore
        return dict(zip(_CONDITION, map(names_of, parts)))
    if not isinstance(it, synchronize.SemLock):
        raise TypeError(f"a {type(it).__name__} does not consist of named semaphores")
    name = it._semlock.name
    if name is None:
        raise ValueError("made in the fork context, it has no name: use get_context('spawn')")
    return name
