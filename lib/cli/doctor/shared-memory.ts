import { accessSync, constants, lstatSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { formatBytes } from '../../core/bytes';
import { type Check, ok, problem, readText, warning } from './check';

const FOLDER = '/dev/shm';
const TMPFS = 0x01021994; // statfs(2)
const DOCKER_DEFAULT = 64 * 2 ** 20;
const STICKY_AND_OPEN = 0o1777;
const LITTLE = 0.1;

const ENLARGE =
  'Make it larger: docker run --shm-size=1g (in Compose shm_size: 1gb; in Kubernetes an emptyDir ' +
  `with medium: Memory at ${FOLDER}); without a container mount -o remount,size=1G ${FOLDER}`;

/** Where segments are on Linux. */
export function checkSharedMemory(): Check[] {
  const status = lstatSync(FOLDER, { throwIfNoEntry: false });
  if (!status?.isDirectory()) {
    const remedy = `mkdir ${FOLDER}; mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs ${FOLDER}`;
    return [problem('shared-memory', `${FOLDER} is no folder: there is no shared memory`, remedy)];
  }
  return [checkMount(status.mode), checkSize(), checkMemoryLimit()];
}

function checkMount(mode: number): Check {
  const id = 'shared-memory';
  if (isReadOnly(FOLDER)) {
    const remedy = `mount -o remount,rw ${FOLDER}; in Docker leave ${FOLDER} out of the read-only part`;
    return problem(id, `${FOLDER} is mounted read-only`, remedy);
  }
  try {
    accessSync(FOLDER, constants.W_OK | constants.X_OK);
  } catch {
    return problem(id, `${FOLDER} is not writable for this user`, `chmod 1777 ${FOLDER}`);
  }
  if (statfsSync(FOLDER).type !== TMPFS) {
    const finding = `${FOLDER} is no tmpfs: segments go to a disk or something unknown`;
    return warning(id, finding, `mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs ${FOLDER}`);
  }
  if ((mode & STICKY_AND_OPEN) !== STICKY_AND_OPEN) {
    const finding = `${FOLDER} has mode ${(mode & 0o7777).toString(8)}, not 1777: other users are shut out, or can remove what is not theirs`;
    return warning(id, finding, `chmod 1777 ${FOLDER}`);
  }
  return ok(id, `${FOLDER} is a tmpfs that this user can write to`);
}

/** The mount's own word: root passes every check of permissions, but writes to no such mount. */
function isReadOnly(folder: string): boolean {
  const mounts = (readText('/proc/self/mounts') ?? '').split('\n').map((line) => line.split(' '));
  // The last one covers those before it.
  const options = mounts.findLast(([, at]) => at === folder)?.[3];
  return options?.split(',').includes('ro') ?? false;
}

function checkSize(): Check {
  const id = 'shared-memory-size';
  const { blocks, bavail, bsize } = statfsSync(FOLDER);
  const size = blocks * bsize;
  const free = bavail * bsize;
  if (size === 0) return ok(id, `${FOLDER} has no limit but memory`); // statfs(2) of a ramfs
  const finding = `${FOLDER} holds ${formatBytes(size)}, ${formatBytes(free)} are free`;
  if (free === 0) return problem(id, finding, `See what fills it with "named-shm ls". ${ENLARGE}`);
  if (size === DOCKER_DEFAULT) return warning(id, `${finding}: Docker's default size`, ENLARGE);
  if (free < size * LITTLE)
    return warning(id, finding, `See what fills it with "named-shm ls". ${ENLARGE}`);
  return ok(id, finding);
}

/** Pages of segments count as memory of the container: one that runs over is killed, not refused. */
function checkMemoryLimit(): Check {
  const id = 'memory-limit';
  const limit = process.constrainedMemory() ?? 0;
  const { blocks, bsize } = statfsSync(FOLDER);
  const size = blocks * bsize;
  if (limit === 0 || limit >= totalmem()) return ok(id, "no memory limit but the machine's own");
  if (limit >= size) return ok(id, `this container's memory limit is ${formatBytes(limit)}`);
  return warning(
    id,
    `this container's memory limit, ${formatBytes(limit)}, is less than the ${formatBytes(size)} of ${FOLDER}: a program that fills segments beyond it is killed`,
    'Raise the memory limit, or give /dev/shm a size below it, so that a full one is an error',
  );
}
