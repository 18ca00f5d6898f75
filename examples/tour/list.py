"""Changes the text in a shared list, and tells what it saw and did.

    PYTHONPATH=python python3 examples/tour/list.py NAME

The standard library's ShareableList reads and writes the same bytes, from Python 3.9 on. This one
also does in 3.8, and does not unlink the list when the program ends (hash.py tells why that is).
"""

import sys

from named_shm import ShareableList

with ShareableList(name=sys.argv[1]) as items:
    print(list(items))

    before = items[2]
    # As many bytes as before: a slot keeps the size that the list was made with.
    items[2] = before.replace("🎉", "🐍")
    print(f"[2]  {before!r} → {items[2]!r}")
