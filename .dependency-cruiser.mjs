/**
 * The folder rules of docs/architecture.md, folder by folder: what each may import of this project besides itself.
 * `objectStorePort` is the interface alone, so that stages never bind to one kind of storage.
 */
const model = '^src/model/';
const errors = '^src/errors\\.ts$';
const objectStorePort = '^src/storage/object-store\\.ts$';
const storage = '^src/storage/';
const stages = ['^src/(spec|kafka|decode|transform|engine|parquet|delta)/', objectStorePort];

const allowedImports = {
  'src/model/': [],
  'src/errors.ts': [model],
  'src/spec/': [model, errors],
  'src/kafka/': [model, errors],
  'src/decode/': [model, errors],
  'src/transform/': [model, errors, '^src/decode/'],
  'src/engine/': [model, errors],
  'src/parquet/': [model, errors, objectStorePort],
  'src/storage/': [model, errors],
  'src/delta/': [model, errors, objectStorePort],
  'src/ingest/': [model, errors, ...stages, storage],
  'src/lake/': [model, errors, '^src/delta/', '^src/engine/', storage],
  'src/verify/': [model, errors, '^src/kafka/', '^src/lake/'],
  'src/observe/': [model, errors, storage],
  'src/samples/': [model, errors, '^src/kafka/'],
  'src/stack/': [model, errors, '^src/temporal/'],
  'src/temporal/': [model, errors, '^workflows/'],
  'activities/': [model, errors, '^src/ingest/', '^src/observe/'],
  'workflows/': [model, '^activities/contract\\.ts$'],
};

const anchored = (folder) => `^${folder.replaceAll('.', '\\.')}${folder.endsWith('/') ? '' : '$'}`;
const projectCode = '^(src|workflows|activities|test|bench|scripts)/';

const folderRules = Object.entries(allowedImports).map(([folder, allowed]) => ({
  name: `imports-of-${folder.replace(/\/$|\.ts$/, '').replaceAll('/', '-')}`,
  comment: `${folder} may import only what docs/architecture.md lists for it.`,
  severity: 'error',
  from: { path: anchored(folder) },
  to: { path: projectCode, pathNot: [anchored(folder), ...allowed] },
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
