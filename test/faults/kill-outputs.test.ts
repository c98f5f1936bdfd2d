import { readdir } from 'node:fs/promises';
import { engineProcesses } from '../support/child-processes.ts';
import { test } from '../support/own-worker.ts';
import { expectOutputsOfRows, readings, readingsJob } from '../support/readings-job.ts';
import { committedOffsets } from '../support/staged-files.ts';
import { untilTrue } from '../support/until-true.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const partitions = 2;
const perRound = 3000;

async function hasStagedParts(root: string): Promise<boolean> {
  const entries = await readdir(`${root}/_staged`, { recursive: true }).catch(() => []);
  return entries.some((path) => path.endsWith('.parquet'));
}

test('workers and engines that are killed while outputs are made lose, double and miscount nothing', async ({
  kafka,
  createJob,
  taskQueue,
  lakeFolder,
}) => {
  const topic = await kafka.createTopic({ partitions });
  const job = await createJob({ topics: [topic.name], document: { ...readingsJob(lakeFolder), trigger: '10 ms' } });
  let worker = await startWorkerProcess({ taskQueue });
  let sent = 0;
  const send = async (): Promise<void> => {
    await topic.send(...readings(perRound, sent, partitions));
    sent += perRound;
  };
  const restart = async (): Promise<void> => {
    await worker.kill();
    worker = await startWorkerProcess({ taskQueue });
  };
  try {
    await job.start();
    await send();
    await job.untilCaughtUp();
    const [rows, changing] = [`${lakeFolder}/rows`, `${lakeFolder}/changing`];

    await send();
    await untilTrue(() => hasStagedParts(changing));
    await restart();
    await job.untilCaughtUp();

    await send();
    // An output is ahead of the rows for a moment only; whoever misses it kills a little later.
    await untilTrue(async () => {
      const [ahead, own] = [await committedOffsets(changing), await committedOffsets(rows)];
      return ahead > own || own === BigInt(sent);
    });
    await restart();
    await job.untilCaughtUp();

    await send();
    await untilTrue(() => hasStagedParts(changing));
    for (const engine of await engineProcesses(worker)) process.kill(engine, 'SIGKILL');
    await job.untilCaughtUp();
    await expectOutputsOfRows(lakeFolder);
    await job.expectVerified(sent);
  } finally {
    await worker.kill();
  }
}, 600_000);
