// The cycles of a segment of 4 KiB, by the system calls that native/ makes on Linux, in its order
// (`npm run bench -- --calls` compares them), or by those of a textbook: segment_cycle MODE

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve.h"

#define SIZE 4096
#define JOURNAL_SLOT 320

static char g_path[64];            // as linkat wants the name
static char* g_name = g_path + 8;  // as shm_open wants it: without the "/dev/shm"
static int g_journal;

// Pages in place of the segment's, and then none: what close() and the finalizer do once an
// ArrayBuffer lies over the mapping.
static void ReplaceAndUnmap(void* data) {
  Check(mmap(data, SIZE, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == data,
        "mmap");
  munmap(data, SIZE);
}

static void* Map(int fd) {
  void* data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  Check(data != MAP_FAILED, "mmap");
  close(fd);
  return data;
}

static ino_t IdentityOf(int fd) {
  struct stat status;
  Check(fstat(fd, &status) == 0 && status.st_size == SIZE, "fstat");
  return status.st_ino;
}

static void WriteJournal(ino_t identity) {
  char slot[JOURNAL_SLOT] = {'S'};
  memcpy(slot + 16, &identity, sizeof(identity));
  Check(pwrite(g_journal, slot, sizeof(slot), 128) == sizeof(slot), "pwrite");
}

static void EraseJournal(void) { Check(pwrite(g_journal, "", 1, 128) == 1, "pwrite"); }

static void* CreateAsWeDo(int tracked) {
  int fd = open("/dev/shm/", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  Check(fd != -1, "open");
  Check(posix_fallocate(fd, 0, SIZE) == 0, "posix_fallocate");
  if (tracked) WriteJournal(IdentityOf(fd));
  Check(linkat(fd, "", AT_FDCWD, g_path, AT_EMPTY_PATH) == 0, "linkat");
  IdentityOf(fd);
  return Map(fd);
}

static void CreateUntracked(long operations) {
  for (long done = 0; done < operations; ++done) {
    munmap(CreateAsWeDo(0), SIZE);
    shm_unlink(g_name);
  }
}

static void CreateTracked(long operations) {
  for (long done = 0; done < operations; ++done) {
    munmap(CreateAsWeDo(1), SIZE);
    shm_unlink(g_name);
    EraseJournal();
  }
}

static void CreateAndWrite(long operations) {
  for (long done = 0; done < operations; ++done) {
    char* data = CreateAsWeDo(1);
    *data = 1;
    ReplaceAndUnmap(data);
    shm_unlink(g_name);
    EraseJournal();
  }
}

static void CreateTextbook(long operations) {
  for (long done = 0; done < operations; ++done) {
    int fd = shm_open(g_name, O_RDWR | O_CREAT | O_EXCL, 0600);
    Check(fd != -1, "shm_open");
    Check(ftruncate(fd, SIZE) == 0, "ftruncate");
    munmap(Map(fd), SIZE);
    shm_unlink(g_name);
  }
}

static char* Attach(void) {
  int fd = shm_open(g_name, O_RDWR | O_CLOEXEC | O_NONBLOCK, 0);
  Check(fd != -1, "shm_open");
  IdentityOf(fd);
  return Map(fd);
}

static void AttachAndClose(long operations) {
  for (long done = 0; done < operations; ++done) munmap(Attach(), SIZE);
}

static void AttachAndRead(long operations) {
  for (long done = 0; done < operations; ++done) {
    volatile char* data = Attach();
    Check(*data == 0, "read");
    ReplaceAndUnmap((void*)data);
  }
}

static void ServeAttached(Task* task) {
  munmap(CreateAsWeDo(0), SIZE);
  Serve(task);
  shm_unlink(g_name);
}

int main(int argc, char** argv) {
  const char* mode = argc == 2 ? argv[1] : "";
  snprintf(g_path, sizeof(g_path), "/dev/shm/nshm_bench_%d", (int)getpid());
  g_journal = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  Check(g_journal != -1, "open");

  if (strcmp(mode, "create-untracked") == 0)
    Serve(CreateUntracked);
  else if (strcmp(mode, "create-tracked") == 0)
    Serve(CreateTracked);
  else if (strcmp(mode, "create-write") == 0)
    Serve(CreateAndWrite);
  else if (strcmp(mode, "create-textbook") == 0)
    Serve(CreateTextbook);
  else if (strcmp(mode, "attach") == 0)
    ServeAttached(AttachAndClose);
  else if (strcmp(mode, "attach-read") == 0)
    ServeAttached(AttachAndRead);
  else
    return 2;
  return 0;
}
