"""Meets other programs at conditions and events: sync_turns.py GAME NAMED SEGMENT TIMES ME PARTIES.

GAME says what each of the programs does so many times: "condition", "events" or "storm", see below.
It says "ready", and begins once it is told to. test/children/sync-python-turns.ts does the same in
Node. Whatever goes wrong between them ends as an error, or does not end.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from named_shm import SharedMemory, attach_condition, attach_event


def condition(named: Any, words: memoryview, times: int, me: int, parties: int) -> None:
    """Waits for its turn, and passes it on to all."""
    changed = attach_condition(named)
    for _ in range(times):
        with changed:
            changed.wait_for(lambda: words[0] % parties == me)
            words[0] += 1
            changed.notify_all()


def events(named: Any, words: memoryview, times: int, me: int, parties: int) -> None:
    """Waits for its own event, and sets that of the next."""
    mine, after = attach_event(named[me]), attach_event(named[(me + 1) % parties])
    for _ in range(times):
        assert mine.wait()
        mine.clear()
        words[0] += 1
        after.set()


def storm(named: Any, words: memoryview, times: int, me: int, parties: int) -> None:
    """Sets, clears and waits at one event, in an order of its own."""
    event = attach_event(named)
    for turn in range(times):
        choice = turn * (me + 2) % 7
        if choice < 2:
            event.set()
        elif choice < 4:
            event.clear()
        else:
            event.wait(0.001)


GAMES = {"condition": condition, "events": events, "storm": storm}


def main() -> None:
    game, named, segment_name, *numbers = sys.argv[1:]
    with SharedMemory(segment_name) as memory, memory.buf.cast("i") as words:
        print("ready", flush=True)
        sys.stdin.readline()
        GAMES[game](json.loads(named), words, *map(int, numbers))
        print("done", flush=True)


if __name__ == "__main__":
    main()
