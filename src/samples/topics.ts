export type SampleTopicName =
  | 'gps_pings'
  | 'trips'
  | 'driver_status'
  | 'surge_updates'
  | 'ratings'
  | 'payments'
  | 'driver_profiles'
  | 'rider_profiles'
  | 'api-usage-events.v1'
  | 'dev_topic'
  | 'user_events'
  | 'events';

export interface SampleTopic {
  readonly name: SampleTopicName;
  readonly partitions: number;
  /** The shipped job that reads it. */
  readonly job:
    | 'rideshare-high-volume'
    | 'rideshare-low-volume'
    | 'api-usage-events'
    | 'dev-topic'
    | 'event-pipeline'
    | 'events-window';
  /** How busy the topic is compared with the others: its share when several are produced together. */
  readonly weight: number;
  /** Only where it, or its job, is asked for by name. */
  readonly onRequest?: true;
}

/** The topics that the shipped jobs read, and the only list of them. */
export const sampleTopics: readonly SampleTopic[] = [
  { name: 'gps_pings', partitions: 8, job: 'rideshare-high-volume', weight: 50 },
  { name: 'trips', partitions: 4, job: 'rideshare-low-volume', weight: 8 },
  { name: 'driver_status', partitions: 2, job: 'rideshare-low-volume', weight: 6 },
  { name: 'surge_updates', partitions: 2, job: 'rideshare-low-volume', weight: 3 },
  { name: 'ratings', partitions: 2, job: 'rideshare-low-volume', weight: 3 },
  { name: 'payments', partitions: 2, job: 'rideshare-low-volume', weight: 3 },
  { name: 'driver_profiles', partitions: 1, job: 'rideshare-low-volume', weight: 1 },
  { name: 'rider_profiles', partitions: 1, job: 'rideshare-low-volume', weight: 1 },
  { name: 'api-usage-events.v1', partitions: 4, job: 'api-usage-events', weight: 25 },
  { name: 'dev_topic', partitions: 2, job: 'dev-topic', weight: 10, onRequest: true },
  { name: 'user_events', partitions: 4, job: 'event-pipeline', weight: 20, onRequest: true },
  { name: 'events', partitions: 3, job: 'events-window', weight: 10, onRequest: true },
];

/** What samples are made for where nothing is asked for by name. */
export const usualTopics: readonly SampleTopic[] = sampleTopics.filter(({ onRequest }) => !onRequest);

export function findSampleTopic(name: string): SampleTopic | undefined {
  return sampleTopics.find((topic) => topic.name === name);
}
