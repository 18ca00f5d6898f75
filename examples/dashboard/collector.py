"""Collects the test signal into its circular buffer until it is told to stop: ring.ts has the layout.

    PYTHONPATH=python python3 examples/dashboard/collector.py MEMORY STOP
"""

import os
import struct
import sys
import time

from named_shm import SharedMemory, attach_event

RATE, POSITION, HEARTBEAT, PROCESS, HEADER_WORDS, SLOT_WORDS = 1, 8, 9, 10, 16, 4
LOOK_MS = 100  # How often it looks whether it is to stop.


def now():
    """Milliseconds since 1970."""
    return time.time() * 1000


def bits(number):
    """A float64 as the int64 with the same bits."""
    return struct.unpack("q", struct.pack("d", number))[0]


def signal(sample, rate):
    """A wave of four seconds with some noise: the same bits as in metrics.ts."""
    x = 2 * (sample / (4 * rate) % 1) - 1
    noise = (sample * 2654435761 & 0xFFFFFFFF) / 2**32
    return 50 + 160 * x * (1 - abs(x)) + 8 * (noise - 0.5)


def write(words, value):
    """The next sample. Each word is stored at once and in this order, as x86-64 keeps it."""
    sample = words[POSITION] + 1
    at = HEADER_WORDS + sample % words[0] * SLOT_WORDS
    time_bits, value_bits = bits(now()), bits(value)
    words[at] = 0  # From here on it is neither the old sample nor the new one,
    words[at + 1] = time_bits
    words[at + 2] = value_bits
    words[at + 3] = sample ^ time_bits ^ value_bits
    words[at] = sample  # and from here on the new one.
    words[POSITION] = sample


def main(memory, stop_name):
    stop = attach_event(stop_name)
    with SharedMemory(memory) as shm, shm.buf.cast("q") as words:
        rate, parent = words[RATE], os.getppid()
        words[HEARTBEAT] = bits(now())
        words[PROCESS] = os.getpid()
        print("ready", flush=True)
        begin = looked = now()
        done = 0
        while True:
            due = int((now() - begin) * rate / 1000)
            done = max(done, due - rate)  # What it has slept through is not made up.
            while done < due:
                write(words, signal(words[POSITION] + 1, rate))
                done += 1
            words[HEARTBEAT] = bits(now())
            if now() - looked > LOOK_MS:
                looked = now()
                # Not waited for: who is killed while it waits for an event keeps those who set it.
                if stop.is_set():
                    break
                if os.getppid() != parent:
                    sys.exit("nobody is left to say stop")
            time.sleep(max(0.001, min(1 / rate, LOOK_MS / 1000)))
        words[PROCESS] = 0


main(*sys.argv[1:])
