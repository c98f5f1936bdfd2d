import { fileURLToPath } from 'node:url';

/** The job files that are shipped. */
export const packagedJobsFolder: string = fileURLToPath(new URL('../jobs', import.meta.url));
