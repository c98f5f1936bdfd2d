import { storedPositions } from '../../delta/commit/offset-positions.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { LaneLag } from '../../model/requests/lane-lag.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import type { Connections } from '../connections.ts';
import { identifyLane } from '../lane/open-lane.ts';

/**
 * Compares what a lane's table holds with where its topic ends, so that the answer is right whoever works on the lane and
 * whether or not anybody does. Without topic partitions that the lane has not begun with yet.
 */
export async function measureLag(connections: Connections, spec: JobSpec, topic: string): Promise<LaneLag> {
  const kafka = connections.kafka(spec.source);
  const { identity } = await identifyLane(kafka, spec, topic);
  // The table first: what is committed in between must not lie beyond the end.
  const state = await connections.table(pathForTopic(spec.table.path, topic)).refresh();
  const ends = await kafka.listOffsets(topic, { at: 'latest', isolation: spec.source.isolationLevel });
  return [...storedPositions(state, identity).offsets].flatMap(([partition, storedOffset]) => {
    const end = ends.get(partition);
    return end === undefined ? [] : [{ partition, storedOffset, endOffset: toOffset(end) }];
  });
}
