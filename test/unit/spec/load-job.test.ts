import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadJob } from '../../../src/spec/load-job.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

async function jobsFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await scratchFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

const gps = 'source: { topics: gps }\nenvironments: { prod: { trigger: 1 minute } }';

describe('loadJob', () => {
  it('loads a job by name, by reference and inline', async () => {
    const options = { jobsFolder: await jobsFolder({ 'gps.yaml': gps }), env: {}, workingFolder: '/w' };
    expect(loadJob('gps', options)).toMatchObject({ name: 'gps', trigger: { intervalMs: 10_000 } });
    const reference = { job: 'gps', environment: 'prod', overrides: { withMetrics: true } };
    expect(loadJob(reference, options)).toMatchObject({ trigger: { intervalMs: 60_000 }, withMetrics: true });
    expect(loadJob({ name: 'inline', source: { topics: 'a' } }, options)).toMatchObject({
      name: 'inline',
      table: { path: '/w/data/lake/bronze_{topic}' },
    });
  });

  it('says which jobs there are when there is none of the name', async () => {
    const folder = await jobsFolder({ 'gps.yaml': gps, 'trips.yaml': '', 'README.md': '', 'Bad Name.yaml': '' });
    await mkdir(path.join(folder, 'sub.yaml.d'));
    expect(() => loadJob('trip', { jobsFolder: folder, env: {} })).toThrow(
      expect.objectContaining({
        code: 'SPEC_NOT_FOUND',
        message: `there is no job "trip"; did you mean trips? (${folder} has gps, trips)`,
      }),
    );
    expect(() => loadJob('gps', { jobsFolder: '/no/such/folder', env: {} })).toThrow(
      'there is no job "gps" (/no/such/folder has no job files)',
    );
  });

  it.each(['../gps', 'gps.yaml', '', '/etc/passwd'])('takes %j for no name of a job', async (name) => {
    const folder = await jobsFolder({ 'gps.yaml': gps });
    expect(() => loadJob(name, { jobsFolder: path.join(folder, '.'), env: {} })).toThrow(
      expect.objectContaining({ code: 'SPEC_NOT_FOUND' }),
    );
  });

  it('names the file in the message of an invalid job', async () => {
    const folder = await jobsFolder({ 'gps.yaml': 'source: { topics: a }\ntrigger: never' });
    expect(() => loadJob('gps', { jobsFolder: folder, env: {} })).toThrow(
      expect.objectContaining({
        code: 'SPEC_INVALID',
        message:
          `${path.join(folder, 'gps.yaml')} has 1 problem:\n- 2:10 trigger: "never"; expected availableNow, or a ` +
          'duration up to 7 days such as 10 seconds, 1 minute, 500ms or PT10S',
      }),
    );
  });
});
