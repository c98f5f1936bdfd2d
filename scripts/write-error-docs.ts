import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { errorDocs } from './error-docs.ts';

/** Writes `docs/errors.md`, in which people look up error codes. */
const file = path.join(import.meta.dirname, '..', 'docs', 'errors.md');
const options = await resolveConfig(file);
writeFileSync(file, await format(errorDocs(), { ...options, filepath: file }));
process.stdout.write(`wrote ${path.relative(process.cwd(), file)}\n`);
