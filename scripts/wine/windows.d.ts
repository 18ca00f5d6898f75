export function prepare(): void;
export function toWindows(file: string): string;
export function runNode(
  major: string,
  args: readonly string[],
  options: { readonly log: string },
): { readonly ended: number | string; readonly text: string };
