import { join } from 'node:path';

const inDist = import.meta.dirname.endsWith(join('dist', 'src', 'stack'));

/** The checkout: two folders above `src/stack`, three above `dist/src/stack`. */
export const projectRoot: string = join(import.meta.dirname, inDist ? '../../..' : '../..');

/** The state of the user's own stack, in the checkout's git-ignored `data` folder. */
export const defaultStateFolder: string = join(projectRoot, 'data', 'stack');
