// Answers the harness: a line with a number of operations comes in, the task does them, and a
// line with the nanoseconds that they took goes out, until the input ends.

#pragma once

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void Task(long operations);

static inline void Serve(Task* task) {
  // Ctrl-C reaches the whole group: the harness ends, our input with it, and we clean up.
  signal(SIGINT, SIG_IGN);
  long operations;
  while (scanf("%ld", &operations) == 1) {
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    task(operations);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%lld\n", (end.tv_sec - begin.tv_sec) * 1000000000LL + (end.tv_nsec - begin.tv_nsec));
    fflush(stdout);
  }
}

// Ends the program, with the reason, where a call has failed.
static inline void Check(int succeeded, const char* call) {
  if (succeeded) return;
  fprintf(stderr, "%s: %s\n", call, strerror(errno));
  exit(1);
}
