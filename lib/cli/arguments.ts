import { InvalidArgumentError } from 'commander';

// GNU's convention: KB is a thousand, KiB and a bare K are 1024.
const UNITS: ReadonlyMap<string, bigint> = new Map(
  ['K', 'M', 'G', 'T'].flatMap((letter, index) => {
    const power = BigInt(index + 1);
    return [
      [letter, 1024n ** power],
      [`${letter}IB`, 1024n ** power],
      [`${letter}B`, 1000n ** power],
    ] as const;
  }),
);

/** Bytes of '4096', '0x1000', '64MiB' or '1.5GB', exactly. */
export function parseBytes(text: string): number {
  const bytes = toBytes(text);
  if (bytes === undefined)
    throw new InvalidArgumentError('Give bytes (4096, 0x1000) or a unit (64MiB, 1.5GB).');
  if (bytes > BigInt(Number.MAX_SAFE_INTEGER))
    throw new InvalidArgumentError(`The most is ${Number.MAX_SAFE_INTEGER} bytes.`);
  return Number(bytes);
}

function toBytes(text: string): bigint | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return BigInt(text);
  const [, whole = '', fraction = '', unit = ''] =
    /^(\d+)(?:\.(\d+))? ?([a-z]*)$/i.exec(text) ?? [];
  const factor = unit === '' || /^b$/i.test(unit) ? 1n : UNITS.get(unit.toUpperCase());
  if (whole === '' || factor === undefined) return undefined;
  const scaled = BigInt(whole + fraction) * factor;
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) throw new InvalidArgumentError('It is no whole number of bytes.');
  return scaled / divisor;
}

/** Permission bits of '600' or '0600'. */
export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text))
    throw new InvalidArgumentError('Give three octal digits, as chmod has them: 600, 660.');
  return Number.parseInt(text, 8);
}

/** '600': as `--mode` takes it. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(3, '0');
}
