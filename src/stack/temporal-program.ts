import { findGoProgram, type FoundProgram, type GoModule } from './go-program.ts';
import type { ProgramContext } from './server-kind.ts';

/** Server 1.29 and its Web UI. Later tags carry `replace` lines, which `go install` refuses. */
const temporalCli: GoModule = {
  title: 'Temporal CLI',
  program: 'temporal',
  package: 'github.com/temporalio/cli/cmd/temporal',
  version: 'v1.5.1',
  shortVersion: '1.5.1',
  alternatives:
    'install the Temporal CLI (brew install temporal, https://docs.temporal.io/cli), or start a container engine ' +
    '(Docker), or set TEMPORAL_ADDRESS to a running Temporal',
};

/** `temporal` on PATH, else of the cache, else built with Go. */
export function findTemporalProgram(context: ProgramContext): Promise<FoundProgram> {
  return findGoProgram(temporalCli, context);
}
