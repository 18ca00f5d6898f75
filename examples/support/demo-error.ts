/** What ends a demo with one line for its user: a wrong option, a file that is not there. */
export class DemoError extends Error {
  readonly exitCode: 1 | 2;

  /** @param exitCode - 2 where the user's input was wrong, 1 where the demo could not do its work. */
  constructor(message: string, exitCode: 1 | 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
