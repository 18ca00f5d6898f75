"""Changes a list that another program made.

    PYTHONPATH=python python3 examples/list/peer.py NAME
"""

import sys

from named_shm import ShareableList

with ShareableList(name=sys.argv[1]) as shared:
    print(list(shared))
    shared[0] += 1
    shared[1] *= 2
    shared[2] = "changed ✅"
    shared[3] = b"\x00\xff"
    shared[5] = False
