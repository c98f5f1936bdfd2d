/**
 * Makes `npx bronze …` work in a checkout: npm links the commands of dependencies into node_modules/.bin, but not those
 * of the package itself. Runs after `npm ci` and `npm install`; where links cannot be made, `npm run bronze --` remains.
 */
import { symlinkSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const link = join(root, 'node_modules', '.bin', 'bronze');

try {
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'bin', 'bronze.mjs'), link);
} catch (error) {
  process.stderr.write(`npx bronze is not available (${error.message}); use: npm run bronze -- <command>\n`);
}
