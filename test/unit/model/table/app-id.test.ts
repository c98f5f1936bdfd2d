import { expect, test } from 'vitest';
import { appIdOf, lateAppIdOf, parseAppId } from '../../../../src/model/table/app-id.ts';

const at = { topic: 'events.v1', topicId: 'x-1_Y', partition: 3 };

test('the offsets of a topic partition are known again, and those of late records are taken for none', () => {
  expect(parseAppId(appIdOf('job-a', at))).toEqual({ job: 'job-a', ...at });
  for (const output of ['avg_10s', '7']) expect(parseAppId(lateAppIdOf('job-a', output, at))).toBeUndefined();
});
