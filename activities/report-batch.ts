import { mirrorOffsets } from '../src/ingest/commit/checkpoint-mirror.ts';
import type { Connections } from '../src/ingest/connections.ts';
import { readManifest } from '../src/ingest/commit/read-manifest.ts';
import type { BatchSummary } from '../src/model/batch/batch.ts';
import { pathForTopic, type JobSpec } from '../src/model/job/job-spec.ts';
import { batchLines } from '../src/observe/batch-lines.ts';
import { writeManifest } from '../src/observe/batch-manifest.ts';

export interface ReportTargets {
  readonly connections: Connections;
  readonly logLine: (line: string) => void;
}

/** What a job wants told of each committed batch besides the commit. Safe to repeat. */
export async function reportBatch(targets: ReportTargets, spec: JobSpec, summary: BatchSummary): Promise<void> {
  const { connections, logLine } = targets;
  if (spec.withMetrics) for (const line of batchLines(summary)) logLine(line);
  await mirrorOffsets(connections, spec, summary.topic);
  const { manifests, path } = spec.table;
  const manifest = manifests && (await readManifest(connections, spec, summary));
  if (manifest) await writeManifest(pathForTopic(path, summary.topic), manifest, manifests);
}
