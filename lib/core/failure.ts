/** What a native function returns in place of its result when a system call failed. */
export interface Failure {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

export function isFailure(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'syscall' in result;
}
