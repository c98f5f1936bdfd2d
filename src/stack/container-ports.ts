import type { ComposePorts } from './container-engine.ts';
import { choosePorts } from './free-ports.ts';
import { preferredPorts } from './preferred-ports.ts';
import { serverNames, type ServerName } from './server-name.ts';
import type { StackContext } from './stack-context.ts';
import type { StackState } from './stack-state.ts';

/** The variables from which compose.yml takes a server's ports on this machine. */
const portVariables: Readonly<Record<ServerName, readonly string[]>> = {
  kafka: ['KAFKA_PORT'],
  temporal: ['TEMPORAL_PORT', 'TEMPORAL_UI_PORT'],
  s3: ['S3_PORT', 'S3_CONSOLE_PORT'],
  registry: ['SCHEMA_REGISTRY_PORT'],
};

/** Those of the containers that run already, else the ones a user expects, or any. */
export async function containerPorts(state: StackState, context: StackContext): Promise<ComposePorts> {
  const slots = serverNames.flatMap((server) =>
    portVariables[server].map((variable, index) => ({ server, variable, index })),
  );
  const wished = slots.map(({ server, index }) => preferredPorts[server](context.env)[index] ?? 0);
  const fallback = context.anyPorts ? await choosePorts(wished.map(() => [])) : wished;
  return Object.fromEntries(
    slots.map(({ server, variable, index }, slot) => {
      const record = state[server];
      const running = record?.kind === 'container' ? record.ports[index] : undefined;
      return [variable, running ?? fallback[slot] ?? 0];
    }),
  );
}

/** A server's ports among them. */
export function portsOf(server: ServerName, ports: ComposePorts): number[] {
  return portVariables[server].map((variable) => ports[variable] ?? 0);
}
