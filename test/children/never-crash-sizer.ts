// Makes a segment as CPython does, first without a size: prints a line when it has a name, and
// gives it its size when the process of argument 1 has opened it and so waits for that.

import * as fs from 'node:fs';

const [pid, name, size] = process.argv.slice(2);
const file = `/dev/shm/${name}`;
const fd = fs.openSync(file, 'wx+', 0o600);

function isOpenThere(): boolean {
  const folder = `/proc/${pid}/fd`;
  return fs.readdirSync(folder).some((entry) => {
    try {
      return fs.readlinkSync(`${folder}/${entry}`) === file;
    } catch {
      return false; // Closed meanwhile.
    }
  });
}

isOpenThere(); // Once for nothing, so that the next times are quick.
console.log('there');
while (!isOpenThere());
fs.ftruncateSync(fd, Number(size));
fs.writeSync(fd, 'early');
