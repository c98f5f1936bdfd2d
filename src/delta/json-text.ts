import { z } from 'zod';

/** Text that is JSON of a form, as the configurations of metadata domains are. */
export function jsonText<T>(form: z.ZodType<T>): z.ZodType<T> {
  return z.string().transform(parsed).pipe(form);
}

function parsed(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.issues.push({ code: 'custom', message: 'it is not JSON', input: text });
    return z.NEVER;
  }
}
