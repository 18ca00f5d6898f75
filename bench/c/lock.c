// A pair of calls on a lock that nobody else wants: lock semaphore|robust|rwlock

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve.h"

static sem_t* g_semaphore;
static pthread_mutex_t* g_mutex;
static pthread_rwlock_t* g_rwlock;

static void Semaphore(long operations) {
  for (long done = 0; done < operations; ++done) {
    sem_wait(g_semaphore);
    sem_post(g_semaphore);
  }
}

static void Robust(long operations) {
  for (long done = 0; done < operations; ++done) {
    pthread_mutex_lock(g_mutex);
    pthread_mutex_unlock(g_mutex);
  }
}

static void RwLock(long operations) {
  for (long done = 0; done < operations; ++done) {
    pthread_rwlock_wrlock(g_rwlock);
    pthread_rwlock_unlock(g_rwlock);
  }
}

static void* MapShared(size_t size) {
  void* data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Check(data != MAP_FAILED, "mmap");
  return data;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  if (strcmp(argv[1], "semaphore") == 0) {
    char name[32];
    snprintf(name, sizeof(name), "/nshm_bench_%d", (int)getpid());
    g_semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    Check(g_semaphore != SEM_FAILED, "sem_open");
    sem_unlink(name);
    Serve(Semaphore);
  } else if (strcmp(argv[1], "robust") == 0) {
#ifdef __APPLE__  // which has none that are robust
    g_mutex = MapShared(sizeof(*g_mutex));
    pthread_mutex_init(g_mutex, NULL);
#else
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    g_mutex = MapShared(sizeof(*g_mutex));
    pthread_mutex_init(g_mutex, &attributes);
#endif
    Serve(Robust);
  } else {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    g_rwlock = MapShared(sizeof(*g_rwlock));
    pthread_rwlock_init(g_rwlock, &attributes);
    Serve(RwLock);
  }
  return 0;
}
