// What of the suite does not run on Windows, and why. `npm run test:win` runs all the rest.
'use strict';

const PYTHON = 'needs Python, which is not installed there';
const KEPT = 'names go with the last program that has them open: none is left behind, or unlinked';
const MODES = 'there are no permission bits';
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
    'cli-bytes': 'needs a shell and segments that outlive the command that made them',
    'cli-segments': KEPT,
    'cli-who': 'reads /proc',
    'cli-doctor-system': FOLDER,
    truncation: 'a segment cannot be made shorter there',
  },
  /** Single tests: the beginnings of their names, under the reason. */
  tests: {
    'shared-memory': {
      'whoever attaches sees whole pages': [
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
    lock: {
      [KEPT]: [
        'create, attach, unlink › a taken name is EEXIST, one that',
        'create, attach, unlink › unlink while it is held',
        'create, attach, unlink › using ',
        'close › refuses every further use; the name',
      ],
      [MODES]: ['create, attach, unlink › mode '],
    },
    semaphore: {
      [KEPT]: ['unlink while it is taken', 'using unlinks what create made and tracks'],
    },
  },
};
