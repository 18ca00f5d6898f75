import { existsSync } from 'node:fs';
import { formatBytes } from '../../core/bytes';
import { type Check, ok, readText, warning } from './check';

const FEW_FILES = 1024;
const DEFAULT_MAPPINGS = 65_530;
const STRICT = '2'; // vm.overcommit_memory, proc_sys_vm(5)

/** What the kernel allows this process, as far as segments meet it. */
export function checkLimits(): Check[] {
  if (!existsSync('/proc/self/limits')) {
    const finding =
      '/proc is not mounted: limits are unknown, and journals from before a restart look like new ones';
    return [warning('proc', finding, 'mount -t proc proc /proc')];
  }
  const limits = readText('/proc/self/limits') ?? '';
  return [
    ok('proc', '/proc is mounted'),
    checkOpenFiles(softLimit(limits, 'Max open files')),
    checkFileSize(softLimit(limits, 'Max file size')),
    checkAddressSpace(softLimit(limits, 'Max address space')),
    ...checkMappings(readNumber('/proc/sys/vm/max_map_count')),
    checkOvercommit(readText('/proc/sys/vm/overcommit_memory')?.trim()),
  ];
}

/** Infinity where it is unlimited. */
function softLimit(limits: string, title: string): number {
  const value = new RegExp(`^${title} +(\\d+)`, 'm').exec(limits)?.[1];
  return value === undefined ? Infinity : Number(value);
}

function readNumber(file: string): number | undefined {
  const text = readText(file);
  return text === undefined ? undefined : Number(text);
}

/** Node raises its own limit to the hard one when it starts, so this is what programs get. */
function checkOpenFiles(limit: number): Check {
  const finding = `${limit} open files in a Node process`;
  if (limit >= FEW_FILES) return ok('open-files', finding);
  const remedy = `Raise the hard limit: "ulimit -Hn ${FEW_FILES}" as root, docker run --ulimit nofile=${FEW_FILES}, or LimitNOFILE= of a systemd unit`;
  return warning('open-files', `${finding}: more end in EMFILE`, remedy);
}

function checkFileSize(limit: number): Check {
  const id = 'file-size';
  if (limit === Infinity) return ok(id, 'no limit on the size of a segment');
  const finding = `segments can have ${formatBytes(limit)} at most: the limit on files is theirs too`;
  return warning(id, finding, 'Lift the limit: ulimit -f unlimited');
}

function checkAddressSpace(limit: number): Check {
  const id = 'address-space';
  if (limit === Infinity) return ok(id, 'no limit on what a process can map');
  const finding = `a process can map ${formatBytes(limit)} at most, segments and all else together`;
  return warning(id, finding, 'Lift the limit: ulimit -v unlimited');
}

function checkMappings(count: number | undefined): Check[] {
  if (count === undefined) return [];
  const finding = `${count} mappings in a process (vm.max_map_count), each open segment is one`;
  if (count >= DEFAULT_MAPPINGS) return [ok('mappings', finding)];
  return [warning('mappings', finding, `sysctl -w vm.max_map_count=${DEFAULT_MAPPINGS}`)];
}

function checkOvercommit(mode: string | undefined): Check {
  if (mode !== STRICT) return ok('overcommit', 'memory is not strictly accounted');
  return warning(
    'overcommit',
    'memory is strictly accounted (vm.overcommit_memory=2): a readOnly attach counts like private memory and can fail with ENOMEM, and close() keeps pages until garbage is collected',
    'sysctl -w vm.overcommit_memory=0, or raise vm.overcommit_ratio',
  );
}
