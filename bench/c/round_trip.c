// A ball to another process and back, by two named semaphores.

#include <fcntl.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve.h"

static sem_t* g_ping;
static sem_t* g_pong;

static void RoundTrip(long operations) {
  for (long done = 0; done < operations; ++done) {
    sem_post(g_ping);
    sem_wait(g_pong);
  }
}

static sem_t* MakeUnlinked(const char* what) {
  char name[40];
  snprintf(name, sizeof(name), "/nshm_bench_%d_%s", (int)getpid(), what);
  sem_t* semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
  Check(semaphore != SEM_FAILED, "sem_open");
  sem_unlink(name);
  return semaphore;
}

int main(void) {
  g_ping = MakeUnlinked("ping");
  g_pong = MakeUnlinked("pong");
  pid_t starter = getpid();
  pid_t partner = fork();
  Check(partner != -1, "fork");
  if (partner == 0) {
    // As bench/harness/partner.ts: it ends with the one that started it, however that ended.
    for (;;) {
      struct timespec deadline;
      clock_gettime(CLOCK_REALTIME, &deadline);
      deadline.tv_sec += 1;
      if (sem_timedwait(g_ping, &deadline) == 0)
        sem_post(g_pong);
      else if (getppid() != starter)
        _exit(0);
    }
  }
  Serve(RoundTrip);
  kill(partner, SIGKILL);
  waitpid(partner, NULL, 0);
  return 0;
}
