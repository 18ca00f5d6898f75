import { checkBoolean, checkOptions, show } from './arguments';
import { rangeError, type ResourceKind, typeError } from './errors';
import { checkName } from './name';

/** What every class takes when it makes something with a name. */
export interface NamedOptions {
  /** @default a random one, `nshm_` and 8 hexadecimal digits */
  readonly name?: string | undefined;
  /** Permission bits, less the process's umask. @default 0o600 */
  readonly mode?: number | undefined;
  /** Unlink it when this program ends, however it ends. @default true */
  readonly track?: boolean | undefined;
}

export interface CheckedNamedOptions {
  readonly name: string | undefined;
  readonly mode: number;
  readonly track: boolean;
}

export function checkNamedOptions(
  options: NamedOptions | undefined,
  kind: ResourceKind,
): CheckedNamedOptions {
  const { name, mode = 0o600, track = true } = checkOptions(options);
  return {
    name: name === undefined ? undefined : checkName(name, kind),
    mode: checkMode(mode),
    track: checkBoolean(track, 'track'),
  };
}

export function checkMode(mode: unknown): number {
  if (typeof mode !== 'number')
    throw typeError('ERR_SHM_TYPE', `mode must be a number such as 0o600, not ${show(mode)}`);
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o777) return mode;
  const shown = Number.isInteger(mode) && mode > 0 ? `0o${mode.toString(8)}` : show(mode);
  throw rangeError(`mode must be from 0 to 0o777, not ${shown}`);
}
