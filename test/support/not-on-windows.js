// What of the suite does not run on Windows, and why. `npm run test:win` runs all the rest.
'use strict';

const PYTHON = 'needs Python, which is not installed there';
const KEPT = 'names go with the last program that has them open: none is left behind, or unlinked';
const MODES = 'there are no permission bits';
const PAGES = 'whoever attaches sees whole pages';
const ZEROS = 'a view taken before close() keeps its memory until it is collected';
const MAPS = 'reads /proc/self';
const STOPPED = 'no signal stops a process there';
const NO_SHORTER = 'a segment can’t be made shorter there';
const SHORTER = 'nobody makes a file shorter there that is mapped';
const SIZED = 'a segment has its size from the beginning';
const NO_WINDOW = 'no segment can be mapped into a WebAssembly memory';
const KINDS = ['segment', 'semaphore', 'lock'];
const FOLDER = 'looks at /dev/shm';

module.exports = {
  /** Files, by name. */
  files: {
    bench: PYTHON,
    conformance: PYTHON,
    'python-arrays': PYTHON,
    'python-list-edges': PYTHON,
    'python-list-layouts': PYTHON,
    'python-lists': PYTHON,
    'python-ownership': PYTHON,
    'python-segments': PYTHON,
    'python-semaphores': PYTHON,
    'sync-python-condition': PYTHON,
    'sync-python-event': PYTHON,
    'sync-python-locks': PYTHON,
    'sync-python-names': PYTHON,
    'sync-python-together': PYTHON,
    cleanup: KEPT,
    'cleanup-worker': KEPT,
    journal: KEPT,
    'journal-kill': KEPT,
    'never-crash-foreign': 'puts files into /dev/shm',
    'limits-memory': 'needs a /dev/shm of one MiB',
    'wasm-window': NO_WINDOW,
    'demo-image': 'sharp is installed for this system',
    'cli-bytes': 'needs a shell and segments that outlive the command that made them',
    'cli-segments': KEPT,
    'cli-who': 'reads /proc',
    'cli-doctor-system': FOLDER,
    'views-after-close': ZEROS,
    'sync-mutex-pid': 'needs pid namespaces',
    'demo-dashboard-web': 'needs a browser, which is not installed there',
    truncation: NO_SHORTER,
    docs: 'runs blocks of shell and Python',
    package: 'needs npm and a compiler',
    tarball: 'needs npm and a compiler',
  },
  /** Single tests: the beginnings of their names, under the reason. */
  tests: {
    'shared-memory': {
      [PAGES]: [
        'create and attach › a segment is seen by name, byte for byte',
        'create and attach › the size is kept exactly',
      ],
      [FOLDER]: [
        'create and attach › the segment carries no header',
        'create and attach › a taken name is EEXIST, and what',
        'create and attach › reserve: false gives the size without the pages',
      ],
      [MODES]: ['options › mode '],
      [KEPT]: [
        'create and attach › a name that is not there is ENOENT',
        'unlink › ',
        'close › leaves the name',
        'using › only closes what attach opened',
        'using › leaves alone what has the name by then',
        'list › has what other programs made',
      ],
      'the list knows neither the exact size nor a time': ['list › tells name, size, mode'],
    },
    errors: {
      [KEPT]: ['a failed system call › ENOENT, of unlink'],
      [MODES]: ['a failed system call › EACCES'],
      'no file size is limited': ['a failed system call › EFBIG'],
      [SIZED]: [
        'a failed system call › ERR_SHM_EMPTY',
        'a failed system call › a segment that gets its size',
      ],
    },
    lock: {
      [KEPT]: [
        'create, attach, unlink › a taken name is EEXIST, one that',
        'create, attach, unlink › unlink while it is held',
        'create, attach, unlink › using ',
        'close › refuses every further use; the name',
      ],
      [MODES]: ['create, attach, unlink › mode '],
    },
    names: {
      [KEPT]: ['… › can be unlinked: ', 'a segment and a semaphore of one name are two things'],
      'a backslash stands before a place': KINDS.map(
        (kind) => `the name of a ${kind} › can be "\\\\"`,
      ),
    },
    'create-or-attach': {
      [PAGES]: [
        'a larger segment that stands there is taken with its own size',
        'a smaller one that stands there is a RangeError with both sizes',
        'arrays: the same segment as a shape, and too small a one is refused',
      ],
      [KEPT]: ['what another program unlinks while it is being made'],
    },
    'mapped-file': {
      [MODES]: ['open › create reserves its blocks', 'open › takes mode and reserve: false'],
      'there are no such devices, and no FIFOs': ['open › a device ', 'open › a FIFO '],
      [MAPS]: ['open › what is refused or closed', 'resize › many times'],
      [ZEROS]: ['close › leaves the file as it is', 'close › with views from before'],
      [SHORTER]: ['resize › makes it shorter', 'a file that another program makes shorter › '],
      'only Wine, run by root, opens a read-only file for writing': [
        'readOnly › without the right to write',
      ],
      'needs a disk of one MiB': ['on a full disk'],
    },
    manager: { [KEPT]: ['a name that has been made again since'] },
    'shared-array': {
      [PAGES]: [
        'the layout is C order, without a header › another program',
        'attach › too small a segment is a RangeError',
        'attach › a byteOffset that leaves too little',
        'attach › a byteOffset beyond the end',
      ],
      [KEPT]: ['create › takes the options of a segment', 'close, unlink and using are those'],
    },
    'shareable-list': { [KEPT]: ['a list and its segment › takes the options of a segment'] },
    'shareable-list-layout': { [PAGES]: ["CPython's bytes › a list of 3."] },
    'shareable-list-hostile': { [PAGES]: ['valid lists of either layout, cut off anywhere'] },
    close: {
      [KEPT]: ['closing › leaves the name to who wants to unlink it'],
      [ZEROS]: ['closing › at the end of a using block', 'closing › in the middle of '],
      [MAPS]: ['without closing › ', 'a closed segment is released at once'],
    },
    'close-worker': {
      [ZEROS]: ['each of them until it closes its own'],
      [NO_SHORTER]: ['the fault guard outlives the Worker'],
    },
    'close-in-flight': { [ZEROS]: ['… › closing segments while zlib'] },
    'sync-close': {
      [KEPT]: [
        '… › closed says so, a second close does nothing, name and unlink',
        '… › leaving the scope of its creator',
      ],
    },
    'sync-names': {
      [KEPT]: [
        '… › attach and unlink what is not there: ENOENT',
        '… › attach where one of its names is missing: ENOENT',
        '… › leaving its scope',
        '… › unlinked while it is shut',
      ],
      [MODES]: ['… › create: its names stand in shared memory, for its owner', 'no permission › '],
      [FOLDER]: ['a folder under the name'],
    },
    'never-crash-objects': {
      [KEPT]: ["a segment's own fields, overwritten by the program › a name leads to no other"],
      [ZEROS]: ['options that fight back › the bytes of one segment as the content of the next'],
    },
    'never-crash-permissions': { [MODES]: ['as another user'] },
    'sync-wrong-things': {
      [SIZED]: ['… › foreign: no bytes at all'],
      'a semaphore has no bytes': [
        '… › 0 bytes are',
        '… › 1 bytes are',
        '… › 16 bytes are',
        '… › 31 bytes are',
        '… › another way to wait',
        '… › random bytes otherwise',
        'one of its parts is no semaphore',
      ],
      [NO_SHORTER]: [
        '… › while it is open: ERR_SHM_TRUNCATED',
        '… › while one waits: the wait ends with ERR_SHM_TRUNCATED',
      ],
    },
    cli: { [KEPT]: ['rm of a missing name', 'rm --semaphore of a missing name'] },
    'limits-open-files': {
      'handles have no limit': ['a process that can open no more files'],
      [KEPT]: ['… › unlink: ENOENT', '… › Lock.unlink: ENOENT'],
    },
    'demo-small': { [KEPT]: ['hello › Node reads', 'hello › Python reads', 'leak › '] },
    'demo-matmul': {
      [NO_WINDOW]: ['wasm, '],
      'needs a terminal': ['on a terminal each worker has a bar'],
    },
    'cli-doctor': {
      'needs a shell': ['Python › ', 'limits › '],
      [KEPT]: ['the journal folder › ', 'nothing is removed by looking'],
    },
    'sync-barrier': { [NO_SHORTER]: ['cut short by another program'] },
    tour: {
      'needs a shell': ['the tour › says that Python is too old', 'it fails, loudly, where › '],
      [MODES]: ['one line and an exit code tell › that it may not be read'],
      [FOLDER]: ['one line and an exit code tell › that it is larger'],
      'a signal ends one program there, and no others': ['a signal in the middle leaves nothing'],
    },
    'sync-mutex': { [STOPPED]: ['never taken from a holder that is stopped'] },
    'sync-rw-lock-death': { [STOPPED]: ['never taken from one that is stopped'] },
    'sync-condition': { [STOPPED]: ['a sleeper that does not wake › whose notifier is aborted'] },
    'sync-event': { [KEPT]: ['attached so, unlink'] },
    semaphore: {
      [KEPT]: ['unlink while it is taken', 'using unlinks what create made and tracks'],
    },
  },
};
