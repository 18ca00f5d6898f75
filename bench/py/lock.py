"""CPython's multiprocessing: lock.py acquire (a pair nobody else wants), round-trip (two processes)"""

import sys
from multiprocessing import get_context

from serve import serve

context = get_context("spawn")


def acquire(operations):
    for _ in range(operations):
        lock.acquire()
        lock.release()


def round_trip(operations):
    for _ in range(operations):
        ping.release()
        pong.acquire()


def answer(ping, pong):
    while True:
        ping.acquire()
        pong.release()


if __name__ == "__main__":
    if sys.argv[1] == "acquire":
        lock = context.Lock()
        serve(acquire)
    else:
        ping, pong = context.Semaphore(0), context.Semaphore(0)
        partner = context.Process(target=answer, args=(ping, pong), daemon=True)
        partner.start()
        round_trip(1)  # It is there.
        serve(round_trip)
        partner.kill()
        partner.join()
