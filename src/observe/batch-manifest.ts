import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import parquetjs from 'parquetjs-lite';
import type { BatchManifest } from '../model/batch/batch-manifest.ts';
import type { ManifestFormat } from '../model/job/job-spec.ts';
import { openObjectStore } from '../storage/open-object-store.ts';

const extensions: Readonly<Record<ManifestFormat, string>> = {
  json: 'json',
  text: 'txt',
  parquet: 'parquet',
};

/** Writes a manifest into the table's folder `_manifests/<topic>/`, which readers of the table and VACUUM leave alone. */
export async function writeManifest(tableRoot: string, manifest: BatchManifest, format: ManifestFormat): Promise<void> {
  const name = `${String(manifest.batch).padStart(20, '0')}.${extensions[format]}`;
  await openObjectStore(tableRoot).put(`_manifests/${manifest.topic}/${name}`, await printManifest(manifest, format));
}

/** One JSON document; tab-separated lines; or a Parquet file with a row per data file. */
async function printManifest(manifest: BatchManifest, format: ManifestFormat): Promise<Uint8Array> {
  switch (format) {
    case 'json':
      return Buffer.from(`${JSON.stringify(asDocument(manifest), undefined, 2)}\n`);
    case 'text':
      return Buffer.from(asText(manifest));
    case 'parquet':
      return asParquet(manifest);
  }
}

function asDocument({ job, topic, batch, version, ranges, files }: BatchManifest): unknown {
  const offsets = ranges.map(({ partition, startOffset, endOffset }) => ({ partition, startOffset, endOffset }));
  return { job, topic, batch, version, offsets, files };
}

function asText(manifest: BatchManifest): string {
  const { job, topic, batch, version, files } = manifest;
  const lines = [
    `# job ${job}, topic ${topic}, batch ${String(batch)}, version ${String(version)}, offsets ${offsetsText(manifest)}`,
    'path\tsizeBytes\trecordCount',
    ...files.map(({ path, sizeBytes, recordCount }) => `${path}\t${String(sizeBytes)}\t${String(recordCount)}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

async function asParquet(manifest: BatchManifest): Promise<Uint8Array> {
  const { job, topic, batch, version, files } = manifest;
  const schema = new parquetjs.ParquetSchema({
    path: { type: 'UTF8' },
    size_bytes: { type: 'INT64' },
    record_count: { type: 'INT64' },
    job: { type: 'UTF8' },
    topic: { type: 'UTF8' },
    batch: { type: 'INT64' },
    version: { type: 'INT64' },
    // Text, as the writer does not keep integers beyond 2^53.
    offsets: { type: 'UTF8' },
  });
  const stream = new PassThrough();
  const bytes = buffer(stream);
  const writer = await parquetjs.ParquetWriter.openStream(schema, stream);
  const offsets = offsetsText(manifest);
  for (const { path, sizeBytes, recordCount } of files) {
    const row = { path, size_bytes: sizeBytes, record_count: recordCount, job, topic, batch, version, offsets };
    await writer.appendRow(row);
  }
  await writer.close();
  return bytes;
}

function offsetsText({ ranges }: BatchManifest): string {
  return ranges
    .map(({ partition, startOffset, endOffset }) => `${String(partition)}[${startOffset}, ${endOffset})`)
    .join(' ');
}
