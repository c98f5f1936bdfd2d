import { secretReference } from '../document/secret-reference.ts';
import { byteSize, choice, count, flag, leaf, section, startingOffsets, text, textList } from './yaml-leaves.ts';

/** Kafka's own rule for topic names. */
const topicPattern = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

const serverPattern = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;

const saslYaml = section(
  {
    mechanism: choice(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], { description: 'The SASL mechanism.' }),
    username: secretReference('A `${VAR}` reference; resolved only where the client is made.'),
    password: secretReference('A `${VAR}` reference; resolved only where the client is made.'),
  },
  { description: 'SASL authentication.' },
);

const securityYaml = section(
  {
    tls: flag({ description: 'Connect with TLS. Default: false.' }).optional(),
    caFile: text({ description: 'PEM file with the certificate authorities to trust.' }).optional(),
    sasl: saslYaml.optional(),
  },
  { description: 'How to connect to a Kafka cluster that is not open to all.' },
);

export const sourceYaml = section(
  {
    bootstrapServers: textList(
      {
        description: 'Kafka brokers to begin with: host:port, a list or one text with commas.',
        examples: ['${KAFKA_BOOTSTRAP_SERVERS:-localhost:9092}'],
      },
      serverPattern,
      'host:port, a list of them or one text with commas',
    ),
    topics: textList(
      {
        description:
          'The topics to read: a list or one text with commas. Each topic is a lane with its own micro-batches.',
      },
      topicPattern,
      'names of topics, a list of them or one text with commas',
    ).optional(),
    topicPattern: leaf(
      {
        type: 'string',
        description: 'Instead of topics: a regular expression that the whole name of a topic must match.',
        examples: [String.raw`rideshare\..*`],
      },
      (value) =>
        typeof value === 'string' && isRegularExpression(value)
          ? { ok: true, value }
          : { ok: false, expected: 'a regular expression' },
    ).optional(),
    startingOffsets: startingOffsets({
      description:
        'Where to begin where the table holds no offsets yet: earliest, latest, a timestamp, or offsets per topic.',
      examples: ['earliest', 'latest', '2026-01-27T00:00:00Z', { trips: { '0': 23, '1': 'latest' } }],
    }),
    failOnDataLoss: flag({
      description:
        "Stop when offsets were lost to retention before they were read, or when Kafka's log ends before the table's offsets. false accepts the loss and records it.",
    }),
    isolationLevel: choice(['read_committed', 'read_uncommitted'], {
      description: 'Whether records of open and aborted Kafka transactions are left out.',
    }),
    maxOffsetsPerTrigger: count({
      description: 'Upper bound of offsets in one micro-batch of a topic, over all its partitions. Default: none.',
    }).optional(),
    maxBytesPerTrigger: byteSize({
      description: 'Upper bound of record bytes in one micro-batch of a topic, estimated when it is planned.',
      examples: ['256 MiB'],
    }),
    security: securityYaml.optional(),
  },
  { description: 'What to read from Kafka, and how.' },
);

function isRegularExpression(text: string): boolean {
  try {
    return text !== '' && new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
