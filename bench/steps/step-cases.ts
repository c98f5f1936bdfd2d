import type { JobSpec, PipelineSteps } from '../../src/model/job/job-spec.ts';
import type { ValidationRule, ValueCheck } from '../../src/model/job/validation-rule.ts';
import { loadBenchJob } from '../bench-job.ts';
import { eventFormat, type EventFormat, type FormatName } from './event-formats.ts';

/** One pipeline to measure; `base` is the one that it adds something to. */
export interface StepCase {
  readonly name: string;
  readonly base?: string;
  readonly format: EventFormat;
  readonly spec: (lake: string) => JobSpec;
}

const settings = { bootstrapServers: '127.0.0.1:9092', topic: 'bench_api', maxOffsetsPerTrigger: 1_000_000 };

/** Parsing alone in each format, then JSON with each step alone, then JSON with all of them. */
export function stepCases(): StepCase[] {
  const job = loadBenchJob('structured', { ...settings, lake: '/' });
  const { parse, metadata, derive } = job.steps;
  if (parse.format !== 'json') throw new Error('the structured job of the bench parses JSON');
  const json = eventFormat('json', parse.schema);
  const minimal: PipelineSteps = {
    parse: json.parse,
    malformed: job.steps.malformed,
    metadata: { columns: [] },
    derive: { columns: [] },
  };
  const make = (name: string, steps: Partial<PipelineSteps>, format = json, base?: string): StepCase => ({
    name,
    format,
    ...(base === undefined ? {} : { base }),
    spec: (lake) => ({
      ...loadBenchJob('structured', { ...settings, lake }),
      steps: { ...minimal, parse: format.parse, ...steps },
      table: { ...job.table, path: `${lake}/table`, partitionBy: [] },
    }),
  });
  const first = make('parse json', {});
  const formats = (['avro', 'protobuf'] as const).map((name: FormatName) =>
    make(`parse ${name}`, {}, eventFormat(name, parse.schema)),
  );
  const more = { metadata, validate, scrub, normalize, derive };
  const alone = Object.entries(more).map(([name, step]) => make(`+ ${name}`, { [name]: step }, json, first.name));
  const extra = make('+ extraFields: keep', { parse: { ...parse, extraFields: 'keep' } }, json, first.name);
  const hashed = { ...scrub, rules: scrub.rules.filter(({ method }) => method.kind === 'hash') };
  const keyed = make(
    '+ scrub, hashes with a key',
    { scrub: { ...hashed, hmacKey: '${BENCH_PII_KEY}' } },
    json,
    first.name,
  );
  return [
    first,
    ...formats,
    extra,
    ...alone,
    keyed,
    make('all of them', { ...more, parse: { ...parse, extraFields: 'keep' } }, json, first.name),
  ];
}

function rule(name: string, check: Partial<ValueCheck> & { readonly field: string }): ValidationRule {
  return { name, check: { required: false, ...check }, onFailure: 'flag' };
}

const validate: NonNullable<PipelineSteps['validate']> = {
  rules: [
    rule('event id', { field: 'event_id', required: true, format: 'uuid' }),
    rule('plan', { field: 'subscription.plan', oneOf: ['free', 'pro', 'enterprise'] }),
    rule('email', { field: 'user.email', format: 'email' }),
    rule('latency', { field: 'response.latency_ms', min: '0', max: '60000' }),
    rule('endpoint', { field: 'api.endpoint', maxLength: 200, pattern: '/v[0-9]+/.*' }),
    { name: 'sizes', check: { sql: 'response.size_bytes >= 0 AND request.size_bytes >= 0' }, onFailure: 'flag' },
  ],
  columns: [
    { name: 'validation_status', content: 'status' },
    { name: 'validation_score', content: 'score' },
  ],
};

const scrub: NonNullable<PipelineSteps['scrub']> = {
  rules: [
    { field: 'user.user_id', method: { kind: 'hash' } },
    { field: 'user.email', method: { kind: 'hash' } },
    { field: 'request.ip', method: { kind: 'mask', keepFirst: 4, keepLast: 0 } },
    { field: 'request.user_agent', method: { kind: 'remove' } },
  ],
  flagColumn: '_pii_scrubbed',
  rawValue: 'redact',
  deadLetters: 'redact',
};

const normalize: NonNullable<PipelineSteps['normalize']> = {
  rules: [
    { field: 'tenant_id', text: ['trim', 'lower', 'emptyToNull'], nullTokens: ['n/a', 'none'] },
    { field: 'billing.currency', text: ['trim', 'upper'], nullTokens: [] },
    {
      field: 'event_timestamp',
      text: [],
      nullTokens: [],
      timestamp: { to: 'timestamp', unit: 'auto', onFailure: 'reject' },
    },
  ],
};
