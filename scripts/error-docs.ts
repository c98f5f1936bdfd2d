import { exitCodeOf } from '../src/cli/exit-code.ts';
import { BronzeError } from '../src/errors.ts';
import { errorCodes, maxSuspectFailures, type ErrorCode } from '../src/model/error-code.ts';
import { errorGuide } from '../src/model/error-guide.ts';

const retries: Readonly<Record<(typeof errorCodes)[ErrorCode], string>> = {
  outage: 'until it works',
  suspect: `${String(maxSuspectFailures)} times in a row`,
  defect: 'no',
};

/** `docs/errors.md`, not laid out yet. */
export function errorDocs(): string {
  const codes = (Object.keys(errorCodes) as ErrorCode[]).toSorted();
  const errors = codes.map((code) => {
    const { meaning, remedy } = errorGuide[code];
    const exitCode = exitCodeOf(new BronzeError(code, ''));
    return row(code, meaning, remedy, retries[errorCodes[code]], String(exitCode));
  });
  return `# Error codes

Every error has a code: on the command line (\`error [CODE] message\`), as the type of a failure in Temporal's Web UI, and
as a label of metrics. The message says what happened and where. This page is made by \`npm run error-docs\`.

A job tries again by itself where that can help, and goes on from where its tables are; nothing is lost or doubled by it.
Where it cannot help, the lane (the topic) that met the error stops, and the others go on. The exit code is that of a
command which ends with the error.

| code | what has happened | what to do | the same is tried again | exit code |
| --- | --- | --- | --- | --- |
${errors.join('\n')}

Records that are refused do not stop anything: [dead-letters.md](dead-letters.md) has their codes.
`;
}

function row(code: string, ...texts: readonly string[]): string {
  return `| \`${code}\` | ${texts.join(' | ')} |`;
}
