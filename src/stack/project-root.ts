import { join } from 'node:path';

const inDist = import.meta.dirname.endsWith(join('dist', 'src', 'stack'));

/** The checkout: two folders above `src/stack`, three above `dist/src/stack`. */
export const projectRoot: string = join(import.meta.dirname, inDist ? '../../..' : '../..');
