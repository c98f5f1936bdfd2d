import { fileURLToPath } from 'node:url';

/**
 * The module `engine-child` beside the one that asks, by its `import.meta.url`: it runs as it stands in a checkout, and
 * compiled in a package.
 */
export function engineChildBeside(moduleUrl: string): string {
  return fileURLToPath(new URL(`engine-child.${moduleUrl.endsWith('.ts') ? 'ts' : 'js'}`, moduleUrl));
}
