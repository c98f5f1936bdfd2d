/** Variables of the session that hold the HMAC's two padded keys, so that no statement shows them. */
export const hmacVariables = { inner: '__kb_hmac_inner', outer: '__kb_hmac_outer' } as const;

/** SQL: SHA-256 of bytes as 64 hex digits; with a key HMAC-SHA-256 (RFC 2104). */
export function digestSql(bytes: string, isKeyed: boolean): string {
  if (!isKeyed) return `sha256(${bytes})`;
  const inner = `sha256(getvariable('${hmacVariables.inner}') || ${bytes})`;
  return `sha256(getvariable('${hmacVariables.outer}') || unhex(${inner}))`;
}
