import { readFileSync } from 'node:fs';

/** A fenced block of a Markdown document. CONTRIBUTING.md says how such blocks are written. */
export interface CodeBlock {
  /** Where its fence is in the document, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What a Node program has done that runs beside the block: a `before:` comment above it. */
  readonly before: string | undefined;
  /** The lines that the block prints, from its `→` comments. */
  readonly prints: readonly string[];
  /** Why it is not run: `not run: …` after the language. */
  readonly notRun: string | undefined;
}

const BLOCK = /(?:^<!-- before: ([^]*?) -->\n+)?^```(.*)\n([^]*?)^```$/gm;
const PRINTED = /(?:\/\/|#) →(?: (.*))?$/gm;

export function codeBlocksOf(file: string): CodeBlock[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(BLOCK)].map((match) => {
    const [whole, before, info = '', code = ''] = match;
    const [, language = '', notRun] = /^(\S*)(?: not run: (.+))?$/.exec(info) ?? [];
    const fence = match.index + whole.indexOf('```');
    return {
      line: text.slice(0, fence).split('\n').length,
      language,
      code,
      before,
      prints: [...code.matchAll(PRINTED)].map(([, line = '']) => line),
      notRun,
    };
  });
}

/** How many fences a document has, found in a simpler way than blocks are. */
export function countFences(file: string): number {
  return readFileSync(file, 'utf8').match(/^\s*(?:```|~~~)/gm)?.length ?? 0;
}

/**
 * Whether a program printed what its block says. An ellipsis stands for any text in its line, a
 * line that is nothing else for any lines; how much space there is between words does not matter.
 */
export function isPrinted(prints: readonly string[], output: string): boolean {
  const pattern = prints.map((line) => {
    if (line === '…') return '(?:.*\n)*';
    return `${single(line).split('…').map(literal).join('.*')}\n`;
  });
  return new RegExp(`^${pattern.join('')}$`, 'u').test(
    linesOf(output)
      .map((line) => `${single(line)}\n`)
      .join(''),
  );
}

export function linesOf(output: string): string[] {
  return output === '' ? [] : output.replace(/\n$/, '').split('\n');
}

function single(line: string): string {
  return line.trim().replace(/\s+/g, ' ');
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
