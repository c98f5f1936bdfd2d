import { z } from 'zod';
import { columnDefinitions } from './yaml/columns-yaml.ts';
import { defaultMetadata, fixedDefaults } from './defaults.ts';
import { formatPath, isMap, valueAt } from './document/document-path.ts';
import { jobYaml } from './yaml/job-yaml.ts';
import { testsYaml } from './yaml/tests-yaml.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Defaults that depend on what else a job says. */
const conditionalDefaults: Readonly<Record<string, unknown>> = {
  'steps.parse.onCastFailure': 'reject',
  'steps.metadata': defaultMetadata,
};
const filledIn = [
  'name',
  'steps.parse',
  'steps.parse.format',
  'table.partitionBy',
  ...Object.keys(conditionalDefaults),
];

/**
 * What editors complete and check job files by, made from the schema that reads them. A key with a default is not
 * required and shows it; an environment may hold any part of a job, or a null that takes a key away.
 */
export function jobJsonSchema(): JsonSchema {
  const { $schema, properties = {}, ...rest } = withDefaults(generate(jobYaml), []);
  const { name, description, environments: _, ...parts } = isMap(properties) ? properties : {};
  const environments = {
    description: 'What differs per environment: laid over the rest of the job when it is started with --environment.',
    type: 'object',
    additionalProperties: { $ref: '#/$defs/environment' },
  };
  const { $schema: _draft, ...tests } = generate(testsYaml);
  return {
    $schema,
    title: 'A job of kafka-bronze',
    ...rest,
    properties: { name, description, ...parts, environments, tests },
    $defs: {
      ...columnDefinitions,
      environment: asOverlay({ type: 'object', additionalProperties: false, properties: parts }),
    },
  };
}

function generate(schema: z.ZodType): JsonSchema {
  const generated = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-07',
    // Zod leaves examples out where a value is transformed.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return { ...generated };
}

function withDefaults(schema: JsonSchema, path: readonly string[]): JsonSchema {
  const { required, properties, oneOf, ...rest } = schema;
  const stillRequired = Array.isArray(required) ? required.filter((key) => !hasDefault([...path, String(key)])) : [];
  const standsFor = valueAt(fixedDefaults, path) ?? conditionalDefaults[formatPath(path)];
  const showsDefault = standsFor !== undefined && (!isMap(standsFor) || properties === undefined);
  return {
    ...rest,
    ...(showsDefault ? { default: standsFor } : {}),
    ...(stillRequired.length > 0 ? { required: stillRequired } : {}),
    ...(isMap(properties)
      ? { properties: mapProperties(properties, (key, item) => withDefaults(item, [...path, key])) }
      : {}),
    // With a default for its discriminator, a value may match more than one.
    ...(Array.isArray(oneOf)
      ? { anyOf: oneOf.map((item: unknown) => (isMap(item) ? withDefaults(item, path) : item)) }
      : {}),
  };
}

function hasDefault(path: readonly string[]): boolean {
  return valueAt(fixedDefaults, path) !== undefined || filledIn.includes(formatPath(path));
}

/**
 * The same with nothing required and every key removable. What is laid over one alternative may make it another one, so
 * each also takes nulls for the keys of the others.
 */
function asOverlay(schema: JsonSchema): JsonSchema {
  const { required: _, default: _unused, properties, anyOf, ...rest } = schema;
  const asOptional = (_key: string, item: JsonSchema): JsonSchema => {
    const { description, ...part } = asOverlay(item);
    return { description, anyOf: [part, { type: 'null' }] };
  };
  return {
    ...rest,
    ...(Array.isArray(anyOf) ? { anyOf: withRemovedKeys(anyOf.filter(isMap).map(asOverlay)) } : {}),
    ...(isMap(properties) ? { properties: mapProperties(properties, asOptional) } : {}),
  };
}

function withRemovedKeys(alternatives: readonly JsonSchema[]): JsonSchema[] {
  const removed: JsonSchema = Object.fromEntries(
    alternatives.flatMap(({ properties }) =>
      isMap(properties)
        ? Object.entries(mapProperties(properties, (_key, { description }) => ({ description, type: 'null' })))
        : [],
    ),
  );
  return alternatives.map((schema) =>
    isMap(schema['properties'])
      ? { ...schema, properties: { ...schema['properties'], ...removed, ...schema['properties'] } }
      : schema,
  );
}

function mapProperties(properties: JsonSchema, change: (key: string, schema: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(properties).map(([key, item]) => [key, isMap(item) ? change(key, item) : item]),
  );
}
