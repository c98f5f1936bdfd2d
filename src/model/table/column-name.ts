import { hiddenPrefix } from '../pipeline/pipeline-step.ts';
import { unusableName } from './table-schema.ts';

/** Can a column, or a field of a struct, be called this in a job file and in a Delta table? */
export function isUsableName(name: string): boolean {
  const isBarred = name === '' || name === unusableName || /[ ,;{}()\n\t=\0]/.test(name) || /^\d+$/.test(name);
  return !isBarred && !name.toLowerCase().startsWith(hiddenPrefix);
}
