/** Entry of an engine process that rewrites data files. */
import { serveEngineTasks } from '../engine/serve-engine-tasks.ts';
import { abortOpenUploads } from '../storage/s3-upload.ts';
import { rewriteFiles, type RewriteInput } from './rewrite-files.ts';

// The parent is the same program: its messages are typed by it.
serveEngineTasks((input) => rewriteFiles(input as RewriteInput), abortOpenUploads);
