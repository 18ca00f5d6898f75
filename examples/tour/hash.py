"""Hashes what is in a segment, with the standard library alone.

It knows the name, and how many bytes that is: Windows and macOS round a segment up.

    python3 hash.py NAME BYTES
"""

import hashlib
import sys
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory


class AttachedMemory(SharedMemory):
    """A segment that belongs to another program and stays where it is.

    Python has a "resource tracker" that unlinks each segment a program has opened when that
    program ends: also one that it only attached to, from under whoever made it. Python 3.13 can be
    told not to track. Before, the segment must not be registered in the first place.

    The other programs of this tour import python/named_shm.py, which does this for them.
    """

    def __init__(self, name: str) -> None:
        if sys.version_info >= (3, 13):
            super().__init__(name, track=False)
            return
        register = resource_tracker.register
        resource_tracker.register = lambda name, rtype: None
        try:
            super().__init__(name)
        finally:
            resource_tracker.register = register

    def unlink(self) -> None:
        """Does nothing: Python calls this by itself where it fails to map what it attaches to."""


shm = AttachedMemory(sys.argv[1])
with shm.buf[: int(sys.argv[2])] as content:
    print(hashlib.sha256(content).hexdigest())
shm.close()
