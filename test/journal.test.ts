// The journal removes what a dead program left, and never what belongs to somebody else.
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Semaphore, SharedMemory } from 'named-shm';
import { failsWith } from './support/failures';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { type Program, run, startChild } from './support/programs';

const HEADER_BYTES = 128;
const SLOT_BYTES = 320;

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function startSteps(env: NodeJS.ProcessEnv = journals.env, uid?: number): Program {
  return startChild('cleanup-steps', [], uid === undefined ? { env } : { env, uid });
}

async function ask(child: Program, step: string, argument: unknown = {}): Promise<unknown> {
  child.tell(JSON.stringify([step, argument]));
  return JSON.parse(await child.line());
}

/** Has it make something; returns the name. */
async function make(
  child: Program,
  kind: 'segment' | 'semaphore',
  options: { readonly name?: string } = {},
): Promise<string> {
  const name = (await ask(child, kind, options)) as string;
  journals.removeAtEnd([name, `sem.${name}`]);
  return name;
}

async function kill(child: Program): Promise<void> {
  child.child.kill('SIGKILL');
  await child.exit;
}

/** Lets it end by itself. */
async function finish(child: Program): Promise<void> {
  child.child.stdin?.end();
  expect((await child.exit).code).toBe(0);
}

interface Slot {
  readonly kind: 'S' | 'M';
  readonly name: string;
  readonly device: bigint;
  readonly inode: bigint;
}

function slotOf(kind: 'S' | 'M', name: string): Slot {
  const file = path.join('/dev/shm', kind === 'M' ? `sem.${name}` : name);
  const { dev, ino } = statSync(file, { bigint: true });
  return { kind, name, device: dev, inode: ino };
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** A journal as the documented layout has it, of a program that is dead. */
function journalOf(slots: readonly Slot[], boot = bootId()): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + slots.length * SLOT_BYTES);
  bytes.write('NSHMJRN1', 0, 'latin1');
  bytes.write(boot, 8, 'latin1');
  slots.forEach(({ kind, name, device, inode }, index) => {
    const at = HEADER_BYTES + index * SLOT_BYTES;
    bytes.write(kind, at, 'latin1');
    bytes.writeUInt8(Buffer.byteLength(name), at + 1);
    bytes.writeBigUInt64LE(device, at + 8);
    bytes.writeBigUInt64LE(inode, at + 16);
    bytes.write(name, at + 24);
  });
  return bytes;
}

function writeJournal(bytes: Uint8Array, name = 'dead-00000000.journal'): void {
  writeFileSync(path.join(journals.folder, name), bytes, { mode: 0o600 });
}

/** A segment that no program tracks. */
function makeUntracked(label: string): string {
  const name = uniqueName(label);
  SharedMemory.create({ name, size: 8, track: false }).close();
  journals.removeAtEnd([name]);
  return name;
}

describe('a name that somebody else has made again since its creator made it', () => {
  const cases = ['segment', 'semaphore'] as const;

  async function takeOver(child: Program, kind: (typeof cases)[number]): Promise<string> {
    const name = await make(child, kind, { name: uniqueName('again') });
    if (kind === 'segment') {
      SharedMemory.unlink(name);
      SharedMemory.create({ name, size: 8, track: false }).close();
    } else {
      Semaphore.unlink(name);
      Semaphore.create({ name, track: false }).close();
    }
    return name;
  }

  function expectThere(kind: (typeof cases)[number], name: string): void {
    const spelled = kind === 'segment' ? name : `sem.${name}`;
    expect(present([spelled])).toEqual([spelled]);
  }

  test.each(cases)('survives the end of its first creator: %s', async (kind) => {
    await using child = startSteps();
    const name = await takeOver(child, kind);
    await finish(child);
    expectThere(kind, name);
  });

  test.each(cases)('survives `using` in its first creator: %s', async (kind) => {
    await using child = startSteps();
    const name = await takeOver(child, kind);
    await ask(child, 'dispose', name);
    expectThere(kind, name);
    await finish(child);
    expectThere(kind, name);
  });

  test.each(cases)('survives the sweep after a SIGKILL of its first creator: %s', async (kind) => {
    await using child = startSteps();
    const name = await takeOver(child, kind);
    await kill(child);
    expect(journals.reclaim({ dryRun: true })).toEqual([]);
    expect(journals.reclaim()).toEqual([]);
    expectThere(kind, name);
    expect(journals.files()).toEqual([]);
  });

  test('goes with the creator that made it last', async () => {
    await using first = startSteps();
    await using second = startSteps();
    const name = await make(first, 'segment');
    await ask(first, 'unlink', name);
    await make(second, 'segment', { name });
    await kill(first);
    journals.reclaim();
    expect(present([name])).toEqual([name]);
    await kill(second);
    expect(journals.reclaim()).toEqual([{ kind: 'segment', name }]);
    expect(present([name])).toEqual([]);
  });

  test('is tracked anew where the same program makes it again', async () => {
    await using child = startSteps();
    const name = await make(child, 'segment');
    SharedMemory.unlink(name);
    await make(child, 'segment', { name });
    await kill(child);
    expect(journals.reclaim()).toEqual([{ kind: 'segment', name }]);
    expect(present([name])).toEqual([]);
  });
});

describe('a journal', () => {
  test('in its documented layout is read, with names of both kinds', () => {
    const segment = makeUntracked('layout');
    const semaphore = uniqueName('layout');
    Semaphore.create({ name: semaphore, track: false }).close();
    journals.removeAtEnd([`sem.${semaphore}`]);
    writeJournal(journalOf([slotOf('S', segment), slotOf('M', semaphore)]));
    expect(journals.reclaim()).toEqual([
      { kind: 'segment', name: segment },
      { kind: 'semaphore', name: semaphore },
    ]);
    expect(present([segment, `sem.${semaphore}`])).toEqual([]);
    expect(journals.files()).toEqual([]);
  });

  test('of an earlier start of the system removes nothing but itself', () => {
    const name = makeUntracked('boot');
    writeJournal(journalOf([slotOf('S', name)], '01234567-89ab-cdef-0123-456789abcdef'));
    expect(journals.reclaim()).toEqual([]);
    expect(present([name])).toEqual([name]);
    expect(journals.files()).toEqual([]);
  });

  test('with another inode or device, a name of another kind, or a path removes nothing', () => {
    const name = makeUntracked('other');
    const slot = slotOf('S', name);
    const outside = path.join(journals.folder, 'bystander');
    writeFileSync(outside, '');
    const { dev, ino } = statSync(outside, { bigint: true });
    writeJournal(
      journalOf([
        { ...slot, inode: slot.inode + 1n },
        { ...slot, device: slot.device + 1n },
        { ...slot, inode: 0n, device: 0n },
        { ...slot, kind: 'M' },
        { kind: 'S', name: `../..${outside}`, device: dev, inode: ino },
        { kind: 'S', name: '', device: slot.device, inode: slot.inode },
      ]),
    );
    expect(journals.reclaim()).toEqual([]);
    expect(present([name])).toEqual([name]);
    expect(journals.files()).toEqual(['bystander']);
  });

  test('that is empty, cut short, or garbage is removed and does no harm', () => {
    const name = makeUntracked('garbage');
    const whole = journalOf([slotOf('S', name)]);
    const header = whole.subarray(0, HEADER_BYTES);
    const longName = Buffer.from(whole);
    longName.writeUInt8(255, HEADER_BYTES + 1);
    longName.fill('x', HEADER_BYTES + 24);
    const unended = Buffer.from(header);
    unended.fill('b', 8);
    const broken = [
      Buffer.alloc(0),
      header.subarray(0, 5),
      header.subarray(0, HEADER_BYTES - 1),
      header,
      whole.subarray(0, HEADER_BYTES + SLOT_BYTES - 1),
      Buffer.concat([header, longName.subarray(HEADER_BYTES)]),
      Buffer.concat([unended, whole.subarray(HEADER_BYTES)]),
      Buffer.alloc(10_000, 0xff),
      Buffer.concat([header, Buffer.alloc(10_000, 'S')]),
      Buffer.concat([Buffer.from('NSHMJRN2'), whole.subarray(8)]),
    ];
    broken.forEach((bytes, index) => {
      writeJournal(bytes, `dead-${index}.journal`);
    });
    mkdirSync(path.join(journals.folder, 'a folder.journal'));
    symlinkSync('/nowhere', path.join(journals.folder, 'dangling.journal'));
    writeFileSync(path.join(journals.folder, 'no journal'), '');
    expect(journals.reclaim()).toEqual([]);
    expect(present([name])).toEqual([name]);
    expect(journals.files().sort()).toEqual(['a folder.journal', 'dangling.journal', 'no journal']);
  });

  test('whose last slots were cut off gives up the names before them', async () => {
    await using child = startSteps();
    const names = [uniqueName('cut'), uniqueName('cut')];
    for (const name of names) await make(child, 'segment', { name });
    await kill(child);
    const file = path.join(journals.folder, journals.files()[0] as string);
    truncateSync(file, HEADER_BYTES + SLOT_BYTES + 100);
    expect(journals.reclaim()).toEqual([{ kind: 'segment', name: names[0] }]);
    expect(present(names)).toEqual([names[1]]);
  });

  test('that somebody damages and removes does not keep its program from cleaning up', async () => {
    await using child = startSteps();
    const name = await make(child, 'segment');
    const file = path.join(journals.folder, journals.files()[0] as string);
    truncateSync(file, 10);
    appendFileSync(file, 'garbage');
    unlinkSync(file);
    await finish(child);
    expect(present([name])).toEqual([]);
  });

  test('stays small over 1,000 rounds of create and unlink', async () => {
    await using child = startSteps();
    await make(child, 'segment');
    await ask(child, 'cycles', 1000);
    const file = path.join(journals.folder, journals.files()[0] as string);
    // At most four names at a time, and the one that stays.
    expect(statSync(file).size).toBeLessThanOrEqual(HEADER_BYTES + 5 * SLOT_BYTES);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await finish(child);
  });

  test('frees the slot of a name that is unlinked, and uses it again', async () => {
    await using child = startSteps();
    const names: string[] = [];
    for (let i = 0; i < 4; i += 1) names.push(await make(child, 'segment'));
    await ask(child, 'unlink', names[1]);
    await ask(child, 'dispose', names[2]);
    const later = await make(child, 'semaphore');
    await kill(child);
    expect(
      journals
        .reclaim()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([names[0], names[3], later].sort());
  });

  test('is shared by two copies of the library in one program', async () => {
    await using child = startChild('journal-copies', [], { env: journals.env });
    const names = journals.removeAtEnd(JSON.parse(await child.line()) as string[]);
    expect(present(names)).toEqual(names);
    expect(journals.files()).toHaveLength(1);
    expect(journals.reclaim()).toEqual([]);
    await kill(child);
    expect(journals.reclaim()).toHaveLength(names.length);
    expect(present(names)).toEqual([]);
  });

  test('holds names of the greatest length', async () => {
    await using child = startSteps();
    const segment = uniqueName('long').padEnd(255, 's');
    const semaphore = uniqueName('lang').padEnd(251, 'é').slice(0, 130).padEnd(134, 'x');
    expect(Buffer.byteLength(semaphore)).toBeLessThanOrEqual(251);
    await make(child, 'segment', { name: segment });
    await make(child, 'semaphore', { name: semaphore });
    expect(present([segment, `sem.${semaphore}`])).toHaveLength(2);
    await kill(child);
    expect(journals.reclaim()).toEqual([
      { kind: 'segment', name: segment },
      { kind: 'semaphore', name: semaphore },
    ]);
    expect(present([segment, `sem.${semaphore}`])).toEqual([]);
  });
});

describe('sweeps', () => {
  test('leave a living program alone, whichever of its names is meanwhile closed', async () => {
    await using child = startSteps();
    const names: string[] = [];
    for (let i = 0; i < 3; i += 1) names.push(await make(child, 'segment'));
    await ask(child, 'close', names[0]);
    await using other = startSteps();
    expect(await ask(other, 'reclaim')).toEqual([]);
    await make(other, 'segment');
    await finish(other);
    expect(journals.reclaim()).toEqual([]);
    expect(present(names)).toEqual(names);
    await kill(child);
    expect(journals.reclaim()).toHaveLength(3);
  });

  test('of a program leave its own names alone', async () => {
    await using child = startSteps();
    const name = await make(child, 'segment');
    expect(await ask(child, 'reclaim')).toEqual([]);
    expect(present([name])).toEqual([name]);
    await finish(child);
  });

  test('at once by eight programs remove each name once and do not trip', async () => {
    const dead = Array.from({ length: 8 }, () => startSteps());
    const sweepers = Array.from({ length: 8 }, () => startSteps());
    try {
      const names: string[] = [];
      for (const child of dead)
        for (let i = 0; i < 5; i += 1) names.push(await make(child, 'segment'));
      // Loaded and idle, all of them, before the first is told to sweep.
      await Promise.all(sweepers.map((child) => ask(child, 'attach', 'no such segment')));
      await Promise.all(dead.map(kill));
      const swept = (await Promise.all(sweepers.map((child) => ask(child, 'reclaim')))) as {
        name: string;
      }[][];
      const removed = swept.flat().map(({ name }) => name);
      expect(removed.sort()).toEqual([...names].sort());
      expect(present(names)).toEqual([]);
      expect(journals.files()).toEqual([]);
      await Promise.all(sweepers.map(finish));
    } finally {
      for (const child of [...dead, ...sweepers]) await child[Symbol.asyncDispose]();
    }
  });

  test('where there never was a journal find nothing', () => {
    rmSync(journals.folder, { recursive: true });
    expect(journals.reclaim()).toEqual([]);
  });
});

describe('the folder of the journals', () => {
  const NOBODY = 65534;
  const isRoot = process.getuid?.() === 0;

  /** That it makes things nevertheless, removes them, and says that there is no journal. */
  async function expectNoJournal(child: Program, why: RegExp): Promise<void> {
    const segment = await make(child, 'segment');
    const semaphore = await make(child, 'semaphore');
    const names = [segment, `sem.${semaphore}`];
    expect(present(names)).toEqual(names);
    child.child.stdin?.end();
    const { code, stderr } = await child.exit;
    expect(code).toBe(0);
    expect(present(names)).toEqual([]);
    // One warning of the thread, however much it makes.
    expect(stderr.match(/NSHM_NO_JOURNAL/g)).toHaveLength(1);
    expect(stderr).toMatch(/NamedShmWarning: no journal: .*SIGKILL/);
    expect(stderr).toMatch(why);
  }

  test('is made where it is missing, for this user alone', async () => {
    const folder = path.join(journals.folder, 'deeper', 'journals');
    await using child = startSteps({ NAMED_SHM_JOURNAL_DIR: folder });
    await make(child, 'segment');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await finish(child);
  });

  test('that cannot be made costs a warning, not the segment', async () => {
    const file = path.join(journals.folder, 'a file');
    writeFileSync(file, '');
    await using child = startSteps({ NAMED_SHM_JOURNAL_DIR: path.join(file, 'journals') });
    await expectNoJournal(child, /ENOTDIR/);
  });

  test('that cannot be written costs a warning, not the segment', async () => {
    // Root can write everywhere; another user can't in a folder of its own that forbids it.
    if (isRoot) chownSync(journals.folder, NOBODY, NOBODY);
    chmodSync(journals.folder, 0o500);
    await using child = startSteps(journals.env, isRoot ? NOBODY : undefined);
    await expectNoJournal(child, /EACCES/);
    chmodSync(journals.folder, 0o700);
  });

  test('of another user is refused: they would say what we unlink', async () => {
    const name = makeUntracked('foreign');
    if (!isRoot) {
      // Somebody else's by any measure: root's.
      await using child = startSteps({ NAMED_SHM_JOURNAL_DIR: '/usr' });
      await expectNoJournal(child, /EACCES: journal folder '\/usr' belongs to user 0/);
      return;
    }
    writeJournal(journalOf([slotOf('S', name)]));
    chownSync(journals.folder, NOBODY, NOBODY);
    await using child = startSteps();
    await expectNoJournal(child, /EACCES: journal folder '.*' belongs to user 65534, not to 0/);
    expect(() => journals.reclaim()).toThrow(failsWith('EACCES'));
    expect(() => journals.reclaim({ dryRun: true })).toThrow(/belongs to user 65534/);
    expect(present([name])).toEqual([name]);
  });

  test('that others can write to is refused, and not made private: it may be /tmp', async () => {
    const name = makeUntracked('lax');
    writeJournal(journalOf([slotOf('S', name)]));
    chmodSync(journals.folder, 0o777);
    await using child = startSteps();
    await expectNoJournal(child, /EACCES: journal folder '.*' can be written by other users/);
    expect(() => journals.reclaim()).toThrow(failsWith('EACCES'));
    expect(statSync(journals.folder).mode & 0o777).toBe(0o777);
    expect(present([name])).toEqual([name]);
  });

  test('that is a symbolic link is refused', async () => {
    const name = makeUntracked('link');
    writeJournal(journalOf([slotOf('S', name)]));
    const parent = mkdtempSync(path.join(tmpdir(), 'named-shm-link-'));
    try {
      const link = path.join(parent, 'journals');
      symlinkSync(journals.folder, link);
      await using child = startSteps({ NAMED_SHM_JOURNAL_DIR: link });
      await expectNoJournal(child, /ENOTDIR: journal folder '.*' is not a folder/);
      expect(present([name])).toEqual([name]);
    } finally {
      rmSync(parent, { recursive: true });
    }
  });

  test('by default is the user’s own, whatever TMPDIR says', async () => {
    const prints = 'process.stdout.write(require("./dist/cleanup/journal-folder").journalFolder())';
    const env = { NAMED_SHM_JOURNAL_DIR: '', TMPDIR: journals.folder };
    const { stdout } = await run(process.execPath, ['-e', prints], { env });
    expect(stdout).toBe(`/tmp/named-shm-${process.getuid?.()}`);
  });
});
