/** Temporal search attributes that jobs and micro-batches carry; `bronze worker` registers them where it may. */
export const searchAttributeNames = {
  job: 'BronzeJob',
  topic: 'BronzeTopic',
  version: 'BronzeVersion',
  rows: 'BronzeRows',
  deadLetters: 'BronzeDeadLetters',
} as const;

export const searchAttributeTypes = {
  [searchAttributeNames.job]: 'KEYWORD',
  [searchAttributeNames.topic]: 'KEYWORD',
  [searchAttributeNames.version]: 'INT',
  [searchAttributeNames.rows]: 'INT',
  [searchAttributeNames.deadLetters]: 'INT',
} as const;
