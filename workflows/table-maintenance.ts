import { ApplicationFailure, setCurrentDetails } from '@temporalio/workflow';
import { pathForTopic, type JobSpec } from '../src/model/job/job-spec.ts';
import type {
  MaintainedTable,
  MaintainTableRequest,
  MaintenanceRequest,
} from '../src/model/requests/maintenance-requests.ts';
import { discoverTopics, endMaintenance, maintainTable, resolveJob } from './activity-proxies.ts';

import { findFailure, type LaneError } from './find-failure.ts';
import { maintenanceDetails } from './maintenance-details.ts';

/**
 * One round of a task over all tables of a job, started by a Schedule or by hand. A table that cannot be maintained
 * holds up no other; the round fails at its end with the first failure. Once the job asks for the task no more, its
 * Schedule is ended.
 */
export async function tableMaintenance(request: MaintenanceRequest): Promise<readonly MaintainedTable[]> {
  const { spec } = await resolveJob(request.job);
  if (spec.maintenance?.[request.task] === undefined) {
    await endMaintenance({ job: spec.name, task: request.task });
    return [];
  }
  const done: MaintainedTable[] = [];
  const failures: ({ readonly table: string } & LaneError)[] = [];
  for (const { table, holds } of await tablesOf(spec)) {
    try {
      done.push(
        await maintainTable.executeWithOptions({ summary: table }, [{ spec, table, holds, task: request.task }]),
      );
    } catch (error) {
      const failure = findFailure(error);
      if (failure === 'ended') throw error;
      failures.push({ table, ...failure });
    }
    setCurrentDetails(maintenanceDetails(request.task, done, failures));
  }
  const [first] = failures;
  if (first) throw ApplicationFailure.nonRetryable(`${first.table}: ${first.message}`, first.code, done);
  return done;
}

type TableOfJob = Pick<MaintainTableRequest, 'table' | 'holds'>;

async function tablesOf(spec: JobSpec): Promise<readonly TableOfJob[]> {
  const topics = await discoverTopics({ spec });
  const tables = (template: string, holds: TableOfJob['holds']): readonly TableOfJob[] =>
    [...new Set(topics.map((topic) => pathForTopic(template, topic)))].map((table) => ({ table, holds }));
  return [
    ...tables(spec.table.path, 'rows'),
    ...tables(spec.deadLetter.path, 'deadLetters'),
    ...(spec.outputs ?? []).flatMap(({ path }) => tables(path, 'output')),
  ];
}
