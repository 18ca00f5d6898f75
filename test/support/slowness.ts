/** How many times slower programs start here than they do without Wine or QEMU around them. */
const SLOWNESS = Number(process.env['NAMED_SHM_TEST_SLOWNESS'] ?? '1');

/** How often a test does what starts a program or a Worker each time. */
export function rounds(count: number): number {
  return Math.ceil(count / SLOWNESS);
}

/** How long a program may take, in milliseconds. */
export function deadline(ms: number): number {
  return ms * SLOWNESS;
}
