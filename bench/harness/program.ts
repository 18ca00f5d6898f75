/** Does a number of operations; a promise where they need the event loop. */
export type Task = (operations: number) => void | Promise<void>;

/** A promise where the task needs another program, which has to be there first. */
export type SetUp = () => Task | Promise<Task>;

/** A program that is measured, each in a process of its own: what one does to the JIT, the heap
 * or the page tables of its process is not another's. */
export type DescribedProgram =
  | { readonly language: 'node'; readonly setUp: SetUp }
  | { readonly language: 'c' | 'python'; readonly file: string; readonly args: readonly string[] };

/** Runs `setUp`, unmeasured, and then the task that it returns. What it creates has to be tracked. */
export function inNode(setUp: SetUp): DescribedProgram {
  return { language: 'node', setUp };
}

/** bench/c/`file`.c, which answers through serve.h. */
export function inC(file: string, ...args: string[]): DescribedProgram {
  return { language: 'c', file, args };
}

/** bench/py/`file`.py, which answers through serve.py. */
export function inPython(file: string, ...args: string[]): DescribedProgram {
  return { language: 'python', file, args };
}
