const prefix = 'kafkaBronze.';

/** The metadata domain of an output's table that holds what the next batch of a lane must know of it. */
export function outputDomainOf({ job, topic }: { readonly job: string; readonly topic: string }): string {
  return `${prefix}${job}.${topic}`;
}

/** Is it that of some lane? */
export function isOutputDomain(domain: string): boolean {
  return domain.startsWith(prefix);
}
