import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { jobJsonSchema } from '../src/spec/job-json-schema.ts';

/** Writes `schema/job.schema.json`, by which editors complete and check job files. */
const file = path.join(import.meta.dirname, '..', 'schema', 'job.schema.json');
const options = await resolveConfig(file);
writeFileSync(file, await format(JSON.stringify(jobJsonSchema()), { ...options, filepath: file }));
process.stdout.write(`wrote ${path.relative(process.cwd(), file)}\n`);
