// memcpy from private memory into a segment, or into private memory: copy segment|private BYTES

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "serve.h"

static size_t g_length;
static void* g_source;
static void* g_target;

static void Copy(long operations) {
  for (long done = 0; done < operations; ++done) {
    memcpy(g_target, g_source, g_length);
    __asm__ volatile("" ::: "memory");  // each copy is somebody's
  }
}

static void* MapUnlinkedSegment(size_t length) {
  char name[32];
  snprintf(name, sizeof(name), "/nshm_bench_%d", (int)getpid());
  int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
  Check(fd != -1, "shm_open");
  shm_unlink(name);
  Check(ftruncate(fd, (off_t)length) == 0, "ftruncate");
  void* data = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  Check(data != MAP_FAILED, "mmap");
  close(fd);
  return data;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  g_length = strtoull(argv[2], NULL, 10);
  g_source = malloc(g_length);
  // Page-aligned like a segment: what two blocks of malloc are apart can cost memcpy a lot.
  g_target = strcmp(argv[1], "segment") == 0 ? MapUnlinkedSegment(g_length)
                                             : aligned_alloc(4096, g_length);
  Check(g_source != NULL && g_target != NULL, "malloc");
  memset(g_source, 2, g_length);
  memset(g_target, 1, g_length);
  Serve(Copy);
  return 0;
}
