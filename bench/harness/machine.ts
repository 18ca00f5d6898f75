import { cpus, release, type } from 'node:os';
import type { Tools } from './command';

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly python: string | null;
  readonly compiler: string;
}

export function describeMachine({ compiler, python }: Tools): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: cpus().length,
    system: `${type()} ${release()}`,
    node: process.versions.node,
    python: python?.version ?? null,
    compiler: compiler.version,
  };
}

export function machineLine({ cpu, cores, system, node, python, compiler }: Machine): string {
  const versions = [`Node ${node}`, python === null ? 'no Python' : `Python ${python}`, compiler];
  return [`${cpu}, ${cores} cores`, system, ...versions].join(' · ');
}
