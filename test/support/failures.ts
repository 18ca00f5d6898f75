/** For `toThrow`: an error with that `code`, of whatever class and message. */
export function failsWith(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}
