import type { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import { lateRecordCode, lateRecordStep } from '../../model/table/dead-letter.ts';
import type { PlanFacts } from '../../model/requests/lane-requests.ts';
import { hidden } from '../../model/pipeline/pipeline-step.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import { writeFiles, type FileTarget } from '../../parquet/write-files.ts';
import type { CompiledPipeline } from '../../transform/compile-pipeline.ts';
import { deadLetterSql, type DeadLetterCause } from '../../transform/dead-letter-rows.ts';

export interface LateRecordOptions {
  readonly session: EngineSession;
  readonly plan: PlanFacts;
  readonly pipeline: Pick<CompiledPipeline, 'rejections' | 'redaction' | 'needs'>;
  readonly target: FileTarget;
  readonly output: string;
  /** Of the part that gathers them. */
  readonly lateTable: string;
}

const verdicts = 'late_verdicts';
const deadLetters = 'late_dead_letters';

/** Makes dead letters of the records that came too late for an output: whole ones, as a record that is rejected has. */
export class LateRecords {
  readonly files: StagedFile[] = [];
  readonly #options: LateRecordOptions;

  constructor(options: LateRecordOptions) {
    this.#options = options;
  }

  /** Those that the part found in the slice; `inputTables` have the records of the slice as they came. */
  async takeSlice(inputTables: readonly string[]): Promise<void> {
    const { session, plan, pipeline, target, output, lateTable } = this.#options;
    const [[late] = []] = await session.rows(`SELECT count(*) FROM ${lateTable}`, 'count late records');
    if (Number(late) === 0) return;
    const cause: DeadLetterCause = { step: lateRecordStep(output), code: lateRecordCode };
    await session.run(
      `CREATE OR REPLACE VIEW ${verdicts} AS ` +
        `SELECT *, CAST(${pipeline.rejections.length} AS UTINYINT) AS ${hidden.reject} FROM ${lateTable}`,
      'gather late records',
    );
    const pieces = inputTables.map((inputTable) => {
      const records = { kind: 'pipeline', inputTable, stagedTable: verdicts, needs: pipeline.needs } as const;
      return deadLetterSql(records, [...pipeline.rejections, cause], plan, pipeline.redaction);
    });
    await session.run(`CREATE TABLE ${deadLetters} AS ${pieces.join(' UNION ALL ')}`, 'gather late records');
    const [[found, bytes] = []] = await session.rows(
      `SELECT count(*), sum(coalesce(octet_length(value), 0) + coalesce(octet_length(key), 0)) FROM ${deadLetters}`,
      'count late records',
    );
    if (Number(found) !== Number(late)) {
      throw new BronzeError(
        'INTERNAL',
        `of ${Number(late)} records late for the output ${output}, ${Number(found)} were found`,
      );
    }
    this.files.push(
      ...(await writeFiles(session, { table: deadLetters, sizeBytes: Math.max(1, Number(bytes)) }, target)),
    );
    await session.run(`DROP TABLE ${deadLetters}`, 'write late records');
    await session.run(`DROP VIEW ${verdicts}`, 'write late records');
    await session.run(`TRUNCATE ${lateTable}`, 'write late records');
  }
}
