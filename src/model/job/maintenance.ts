/** How rows are laid out in the files that come out: in the order of columns, or along a Z-order curve over them. */
export type Clustering =
  | { readonly kind: 'sort'; readonly columns: readonly string[] }
  | { readonly kind: 'zOrder'; readonly columns: readonly string[] };

/** What is done to a job's tables beside its batches, and how often. */
export interface Maintenance {
  readonly optimize?: OptimizeSchedule;
  readonly vacuum?: VacuumSchedule;
  readonly cleanup?: CleanupSchedule;
}

export interface OptimizeSchedule {
  readonly everyMs: number;
  readonly clustering?: Clustering;
}

export interface VacuumSchedule {
  readonly everyMs: number;
  /** Default: that of each table. */
  readonly retentionMs?: number;
}

/** Of the log: how long its entries stay is a property of each table. */
export interface CleanupSchedule {
  readonly everyMs: number;
}
