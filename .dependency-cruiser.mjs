/** What the words in the table of docs/architecture.md stand for. */
const folder = (name) => `^src/${name}/`;
const meanings = {
  errors: '^src/errors\\.ts$',
  // The interface alone, so that stages never bind to one kind of storage.
  'storage port': '^src/storage/object-store\\.ts$',
  stages: '^src/(spec|kafka|decode|transform|aggregate|engine|parquet|delta)/',
  workflows: '^workflows/',
  'types of activities/contract': '^activities/contract\\.ts$',
};

/** That table: what each folder may import of this project besides itself. A test holds the two equal. */
const allowedImports = {
  'src/model/': [],
  'src/errors.ts': ['model'],
  'src/spec/': ['model', 'errors'],
  'src/kafka/': ['model', 'errors'],
  'src/decode/': ['model', 'errors'],
  'src/transform/': ['model', 'errors', 'decode'],
  'src/aggregate/': ['model', 'errors'],
  'src/engine/': ['model', 'errors'],
  'src/parquet/': ['model', 'errors', 'storage port'],
  'src/storage/': ['model', 'errors'],
  'src/delta/': ['model', 'errors', 'storage port'],
  'src/ingest/': ['stages', 'lake', 'model', 'errors', 'storage'],
  'src/lake/': ['model', 'errors', 'delta', 'storage', 'engine'],
  'src/verify/': ['model', 'errors', 'kafka', 'lake'],
  'src/trial/': ['stages', 'ingest', 'lake', 'model', 'errors', 'storage'],
  'src/replay/': ['stages', 'ingest', 'lake', 'trial', 'model', 'errors', 'storage'],
  'src/maintain/': ['stages', 'ingest', 'lake', 'model', 'errors', 'storage'],
  'src/infer/': ['stages', 'model', 'errors'],
  'src/observe/': ['model', 'errors', 'storage'],
  'src/samples/': ['model', 'errors', 'kafka', 'decode'],
  'src/stack/': ['model', 'errors', 'temporal'],
  'src/temporal/': ['model', 'errors', 'workflows'],
  'activities/': ['ingest', 'maintain', 'replay', 'observe', 'model', 'errors'],
  'workflows/': ['model', 'types of activities/contract'],
};

const anchored = (path) => `^${path.replaceAll('.', '\\.')}${path.endsWith('/') ? '' : '$'}`;
const projectCode = '^(src|workflows|activities|test|bench|scripts)/';

const folderRules = Object.entries(allowedImports).map(([from, allowed]) => ({
  name: `imports-of-${from.replace(/\/$|\.ts$/, '').replaceAll('/', '-')}`,
  comment: `${from} may import only what docs/architecture.md lists for it.`,
  severity: 'error',
  from: { path: anchored(from) },
  to: { path: projectCode, pathNot: [anchored(from), ...allowed.map((name) => meanings[name] ?? folder(name))] },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...folderRules,
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'temporal-at-the-edge',
      comment: 'Only workflows, activities and the composing programs know Temporal.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|stack|temporal)/|^src/worker\\.ts$' },
      to: { path: '@temporalio/' },
    },
    {
      name: 'workflows-stay-deterministic',
      comment: 'Workflow code runs in a sandbox: two packages of Temporal and nothing of Node.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: '@temporalio/(workflow|common)' },
    },
    {
      name: 'workflow-contract-types-only',
      comment: 'The contract is types; an import at run time would drag activities into the sandbox.',
      severity: 'error',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tests-stay-out-of-the-product',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no-dev-packages-in-the-product',
      severity: 'error',
      from: { path: '^(src|workflows|activities)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};

export { allowedImports };
