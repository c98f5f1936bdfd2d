import { ScheduleAlreadyRunning, ScheduleNotFoundError, type Client, type ScheduleOptions } from '@temporalio/client';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { tableMaintenance } from '../../workflows/table-maintenance.ts';
import type { JobInput } from '../model/job/job-input.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { maintenanceTasks, type MaintenanceTask } from '../model/requests/maintenance-requests.ts';

export interface ScheduledJob {
  readonly spec: JobSpec;
  /** What the job was started with: each round resolves it anew. */
  readonly input: JobInput;
  readonly taskQueue: string;
}

export function scheduleIdOf(job: string, task: MaintenanceTask): string {
  return `${job}/${task}`;
}

/** Makes a Schedule for each task that the job asks for, or brings the one that is there up to date. */
export async function startSchedules(client: Client, job: ScheduledJob): Promise<void> {
  for (const task of maintenanceTasks) {
    const everyMs = job.spec.maintenance?.[task]?.everyMs;
    if (everyMs === undefined) continue;
    const options = scheduleOptions(job, task, everyMs);
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.schedule.getHandle(options.scheduleId).update(({ state }) => ({ ...options, state }));
    }
  }
}

export async function endSchedule(client: Client, job: string, task: MaintenanceTask): Promise<void> {
  try {
    await client.schedule.getHandle(scheduleIdOf(job, task)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

type MaintenanceSchedule = ScheduleOptions & {
  readonly action: Extract<ScheduleOptions['action'], { readonly type: 'startWorkflow' }>;
};

function scheduleOptions(
  { spec, input, taskQueue }: ScheduledJob,
  task: MaintenanceTask,
  everyMs: number,
): MaintenanceSchedule {
  const scheduleId = scheduleIdOf(spec.name, task);
  return {
    scheduleId,
    spec: { intervals: [{ every: everyMs }] },
    // A round that lasts longer than the interval is not joined by another one.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1m' },
    action: {
      type: 'startWorkflow',
      workflowType: 'tableMaintenance' satisfies (typeof tableMaintenance)['name'],
      workflowId: scheduleId,
      args: [{ job: input, task }],
      taskQueue,
      staticSummary: `${task} the tables of ${spec.name}`,
    },
  };
}
