/**
 * Changes of what workflows decide, for `patched`: a workflow that was begun before a change goes on as it was begun. How
 * a patch is made and when it may go: docs/architecture.md, "Workflows outlive releases".
 */
export const patches = {
  /** The update `resume` answers with the lanes' states after it, not with those before. */
  resumeAnswersAfter: 'resume-answers-after',
  /** After a reset that failed, and may have moved the lane, the lane is opened before its next batch. */
  reopensAfterFailedReset: 'reopens-after-failed-reset',
  /** How long a history may grow is a matter of how many lanes it has to hold. */
  historyGrowsWithLanes: 'history-grows-with-lanes',
  /** A batch that cannot end does not keep the job from continuing as new. */
  givesUpStuckBatches: 'gives-up-stuck-batches',
  /** A lane whose batch was fenced is opened again, which tells whether that was another run or an attempt of its own. */
  reopensWhenFenced: 'reopens-when-fenced',
} as const;
