"""Answers the harness: a line with a number of operations comes in, the task does them, and a
line with the nanoseconds that they took goes out, until the input ends. As bench/c/serve.h."""

import signal
import sys
import time


def serve(task):
    # Ctrl-C reaches the whole group: the harness ends, our input with it, and we clean up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        operations = int(line)
        begin = time.perf_counter_ns()
        task(operations)
        print(time.perf_counter_ns() - begin, flush=True)
