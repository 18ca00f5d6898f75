import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { codeOf, messageOf } from '../failure';
import { type Check, ok, warning } from './check';

const COMMAND = process.platform === 'win32' ? 'python' : 'python3';
const INSTALL =
  process.platform === 'win32' ? 'https://www.python.org/downloads' : 'apt-get install python3';
const TIMEOUT_MS = 30_000;

// Without the current folder in its path, where a numpy.py may lie that is not NumPy.
const SCRIPT = `
import sys
sys.path = [folder for folder in sys.path if folder]
import importlib, json, platform
def probe(name):
    try:
        return {'version': getattr(importlib.import_module(name), '__version__', '')}
    except BaseException as error:
        return {'error': '%s: %s' % (type(error).__name__, error)}
print(json.dumps({
    'version': platform.python_version(),
    'sharedMemory': probe('multiprocessing.shared_memory'),
    'numpy': probe('numpy'),
}))
`;

type Probe = { readonly version: string } | { readonly error: string };

interface Report {
  readonly version: string;
  readonly sharedMemory: Probe;
  readonly numpy: Probe;
}

/** Python is nothing that the library needs: what is missing is a warning at most. */
export async function checkPython(): Promise<Check[]> {
  let report: Report;
  try {
    const { stdout } = await promisify(execFile)(COMMAND, ['-c', SCRIPT], { timeout: TIMEOUT_MS });
    report = JSON.parse(stdout) as Report;
  } catch (error) {
    const finding =
      codeOf(error) === 'ENOENT' ? `no ${COMMAND} in PATH` : `does not run: ${messageOf(error)}`;
    const remedy = `To share memory with Python programs install it: ${INSTALL}`;
    return [warning('python', finding, remedy)];
  }
  return [ok('python', `Python ${report.version}`), ...checkModules(report)];
}

function checkModules({ sharedMemory, numpy }: Report): Check[] {
  return [
    'error' in sharedMemory
      ? warning(
          'python-shared-memory',
          `multiprocessing.shared_memory can't be imported: ${sharedMemory.error}`,
          'Use Python 3.8 or later, built with its _posixshmem module',
        )
      : ok('python-shared-memory', 'multiprocessing.shared_memory can be imported'),
    'error' in numpy
      ? warning(
          'numpy',
          `NumPy can't be imported: ${numpy.error}`,
          'To share arrays with Python install it: pip install numpy, or apt-get install python3-numpy',
        )
      : ok('numpy', `NumPy ${numpy.version}`),
  ];
}
