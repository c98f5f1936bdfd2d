import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderVerdicts, verdictsAsJson } from '../../../src/cli/output/print-verdicts.ts';
import { validateJobs } from '../../../src/cli/validate-jobs.ts';
import { formatProblem } from '../../../src/spec/document/spec-problem.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const env = { LAKE_PATH: '/lake' };

async function jobsFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await scratchFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return folder;
}

const gps = 'source: { topics: gps }\nenvironments: { prod: { trigger: 1 minute }, test: { trigger: never } }';
const triggerProblem =
  '2:63 (environment test) trigger: "never"; expected availableNow, or a duration up to 7 days such as 10 seconds, 1 minute, 500ms or PT10S';

describe('validateJobs', () => {
  it('checks every job of the folder, alone and in each of its environments', async () => {
    const folder = await jobsFolder({
      'gps.yaml': gps,
      'trips.yaml': 'source: { topics: [a, b] }\ntrigger: availableNow',
    });
    const file = path.join(folder, 'gps.yaml');
    expect(renderVerdicts(await validateJobs([], { jobsFolder: folder, env })).split('\n')).toEqual([
      'ok      gps: gps → /lake/bronze_{topic}, every 10 seconds',
      'ok      gps (prod): gps → /lake/bronze_{topic}, every 1 minute',
      'invalid gps (test): 1 problem',
      `  ${file}:${triggerProblem}`,
      'ok      trips: 2 topics → /lake/bronze_{topic}, once',
    ]);
  });

  it('checks only the environment that is asked for', async () => {
    const folder = await jobsFolder({ 'gps.yaml': gps });
    const reports = await validateJobs(['gps'], { jobsFolder: folder, env, environment: 'prod' });
    expect(reports).toMatchObject([{ job: 'gps', environment: 'prod', problems: [] }]);
  });

  it('does not repeat for an environment what is wrong with the job alone', async () => {
    const folder = await jobsFolder({ 'gps.yaml': `${gps}\nwithMetrics: 5` });
    const reports = await validateJobs(['gps'], { jobsFolder: folder, env });
    expect(reports.map(({ environment, problems }) => [environment, problems.length])).toEqual([
      [undefined, 1],
      ['test', 1],
    ]);
  });

  it('takes the path of a file, and goes on after a job that is not there', async () => {
    const folder = await jobsFolder({ 'gps.yaml': 'source: { topics: gps }' });
    const reports = await validateJobs(['nope', path.join(folder, 'gps.yaml'), './nope.yaml'], {
      jobsFolder: folder,
      env,
    });
    expect(renderVerdicts(reports).split('\n')).toEqual([
      'invalid nope: 1 problem',
      `  there is no job "nope" (${folder} has gps)`,
      'ok      gps: gps → /lake/bronze_{topic}, every 10 seconds',
      'invalid ./nope.yaml: 1 problem',
      '  there is no file ./nope.yaml',
    ]);
  });

  it('tries the SQL of derived columns', async () => {
    const derive = '{ sound: { type: int, sql: abs(_kafka_offset) }, wrong: { type: int, sql: _kafka_ofset + 1 } }';
    const rules = '{ r: { sql: nope > 1 }, p: { field: _raw_value, pattern: "(" } }';
    const folder = await jobsFolder({
      'gps.yaml': `source: { topics: gps }\nsteps: { derive: ${derive}, validate: { rules: ${rules} } }`,
    });
    const [report] = await validateJobs(['gps'], { jobsFolder: folder, env });
    expect(report?.spec).toBeUndefined();
    expect(report?.problems.map(formatProblem)).toEqual([
      '2:145 steps.validate.rules.r.sql: there is no column nope',
      expect.stringMatching(/^2:190 steps\.validate\.rules\.p\.pattern: .*missing \)/),
      '2:92 steps.derive.wrong.sql: there is no column _kafka_ofset; did you mean _kafka_offset?',
    ]);
  });

  it('tries the SQL of outputs', async () => {
    const outputs = `outputs:
  sums: { groupBy: _kafka_partition, aggregates: { all: sum(_kafka_offset), wrong: { type: long, sql: max(nope + 1) } } }
  newest: { merge: { key: _kafka_partition, deleteWhen: now() > _ingested_at } }`;
    const folder = await jobsFolder({ 'gps.yaml': `source: { topics: gps }\n${outputs}` });
    const [report] = await validateJobs(['gps'], { jobsFolder: folder, env });
    expect(report?.problems.map(formatProblem)).toEqual([
      '3:77 outputs.sums.aggregates.wrong: there is no column nope',
      expect.stringMatching(/^4:57 outputs\.newest\.merge\.deleteWhen: now depends on more than the record/),
    ]);
  });

  it('takes no number and no text for a condition', async () => {
    const rules = '{ r: { sql: _kafka_offset }, s: { sql: _kafka_offset > 3 } }';
    const newest = '{ merge: { key: _kafka_partition, deleteWhen: _raw_value } }';
    const folder = await jobsFolder({
      'gps.yaml': `source: { topics: gps }\nsteps: { validate: { rules: ${rules} } }\noutputs: { newest: ${newest} }`,
    });
    const [report] = await validateJobs(['gps'], { jobsFolder: folder, env });
    expect(report?.problems.map(formatProblem)).toEqual([
      '2:41 steps.validate.rules.r.sql: gives BIGINT; expected a condition, true or false',
      '3:66 outputs.newest.merge.deleteWhen: gives VARCHAR; expected a condition, true or false',
    ]);
  });

  it('names the environment that SQL comes from', async () => {
    const wrong = '{ steps: { derive: { one: { sql: nope } } } }';
    const folder = await jobsFolder({
      'gps.yaml': `source: { topics: gps }\nsteps: { derive: { one: { type: int, sql: '1' } } }\nenvironments: { prod: ${wrong} }`,
    });
    const [alone, prod] = await validateJobs(['gps'], { jobsFolder: folder, env });
    expect(alone?.problems).toEqual([]);
    expect(prod?.problems.map(formatProblem)).toEqual([
      '3:56 (environment prod) steps.derive.one.sql: there is no column nope',
    ]);
  });

  it('says what is wrong with the SQL and with the tests at once', async () => {
    const steps = 'steps: { derive: { wrong: { type: int, sql: nope + 1 } } }';
    const tests = 'tests: [{ name: t, records: [{ value: x }], expect: { rows: [{ no_such_column: 1 }] } }]';
    const folder = await jobsFolder({ 'gps.yaml': `source: { topics: gps }\n${steps}\n${tests}` });
    const [report] = await validateJobs(['gps'], { jobsFolder: folder, env });
    expect(report?.problems.map(({ message }) => message)).toEqual([
      'there is no column nope',
      expect.stringMatching(/no_such_column/),
    ]);
  });

  it('names the file also where a problem has no line', async () => {
    const folder = await jobsFolder({ 'empty.yaml': '' });
    const text = renderVerdicts(await validateJobs(['empty'], { jobsFolder: folder, env }));
    expect(text).toContain(`  ${path.join(folder, 'empty.yaml')} expected a job: a map`);
  });

  it('refuses a folder without jobs', async () => {
    const folder = await jobsFolder({});
    await expect(validateJobs([], { jobsFolder: folder, env })).rejects.toThrow(`${folder} has no job files`);
  });

  it('gives programs the same, with paths as text', async () => {
    const folder = await jobsFolder({ 'gps.yaml': 'source: { topics: [] }' });
    expect(verdictsAsJson(await validateJobs(['gps'], { jobsFolder: folder, env }))).toMatchObject([
      {
        job: 'gps',
        file: path.join(folder, 'gps.yaml'),
        valid: false,
        problems: [{ path: 'source.topics', line: 1, column: 11 }],
      },
    ]);
  });
});
