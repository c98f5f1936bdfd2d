import type { ComposePorts } from './container-engine.ts';
import { choosePorts } from './free-ports.ts';
import { preferredPorts } from './preferred-ports.ts';
import type { StackContext } from './stack-context.ts';
import type { StackState } from './stack-state.ts';

/** Those of the containers that run already, else the ones a user expects, or any. */
export async function containerPorts(state: StackState, context: StackContext): Promise<ComposePorts> {
  const wished = [...preferredPorts.kafka(context.env).slice(0, 1), ...preferredPorts.temporal(context.env)];
  const fallback = context.anyPorts ? await choosePorts(wished.map(() => [])) : wished;
  const running = [
    state.kafka?.kind === 'container' ? state.kafka.ports[0] : undefined,
    state.temporal?.kind === 'container' ? state.temporal.ports[0] : undefined,
    state.temporal?.kind === 'container' ? state.temporal.ports[1] : undefined,
  ];
  const [kafka = 0, temporal = 0, temporalUi = 0] = fallback.map((port, index) => running[index] ?? port);
  return { KAFKA_PORT: kafka, TEMPORAL_PORT: temporal, TEMPORAL_UI_PORT: temporalUi };
}
