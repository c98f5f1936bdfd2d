/** The engine, as far as files are written with it. */
export interface SqlSession {
  /** Where it may write. */
  readonly outputFolder: string;
  rows(sql: string, doing: string): Promise<readonly (readonly unknown[])[]>;
}
