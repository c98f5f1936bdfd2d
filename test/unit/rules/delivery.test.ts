import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const text = readFileSync(join(root, 'docs', 'delivery.md'), 'utf8');
const invariants = text.split(/^## (?=\d)/m).slice(1);

describe('docs/delivery.md', () => {
  it.each(invariants.map((section) => [section.split('\n')[0], section] as const))(
    '%s: names code and tests that exist',
    (_, section) => {
      const paths = [...section.matchAll(/`((?:src|test|activities|workflows)\/[^`]+)`/g)].map(
        ([, path]) => path ?? '',
      );
      expect(paths.filter((path) => path.startsWith('test/')).length).toBeGreaterThan(0);
      expect(paths.filter((path) => !path.startsWith('test/')).length).toBeGreaterThan(0);
      expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    },
  );
});
