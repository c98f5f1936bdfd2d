"""Kafka to a Delta bronze table with Spark Structured Streaming, as its users write it: what the bench compares with.

raw         the value as text with its Kafka coordinates, partitioned by the day of ingestion
structured  the value parsed against a schema, partitioned by event date and hour; rows that lack a required field go to
            a dead-letter table
windows     a window of a day for each sensor, all of them open to the end: what Spark keeps in its state store

It takes all that the topic holds at its start (availableNow) and prints one JSON object a line: `started`, and at the
end a `batch` for each micro-batch and `finished`.
"""

import argparse
import json
import re
import time
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from pyspark.sql.types import StructType


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["raw", "structured", "windows"])
    parser.add_argument("--kafka-brokers", required=True)
    parser.add_argument("--kafka-topic", required=True)
    parser.add_argument("--output-path", required=True)
    parser.add_argument("--checkpoint-path", required=True)
    parser.add_argument("--dlq-path", help="structured: the dead-letter table")
    parser.add_argument("--event-schema", help="structured: file with the event's fields as Spark's own JSON of a struct type")
    parser.add_argument("--required", nargs="*", default=[], help="structured: fields without which a record is a dead letter")
    parser.add_argument("--event-time", default="event_timestamp", help="structured: the field that the table is partitioned by")
    parser.add_argument("--max-offsets-per-trigger", type=int, required=True)
    parser.add_argument("--jars", required=True, help="comma-separated paths")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--driver-memory", default="3g")
    return parser.parse_args()


def emit(kind: str, **fields: object) -> None:
    print(json.dumps({"kind": kind, **fields}), flush=True)


def open_session(args: argparse.Namespace) -> SparkSession:
    session = (
        SparkSession.builder.appName(f"bronze-{args.mode}")
        .master(f"local[{args.cores}]")
        .config("spark.driver.memory", args.driver_memory)
        .config("spark.jars", args.jars)
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.session.timeZone", "UTC")
        # As many state stores as cores: with the default of 200, small states cost mostly files.
        .config("spark.sql.shuffle.partitions", args.cores)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.streaming.numRecentProgressUpdates", "10000")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def read_topic(session: SparkSession, args: argparse.Namespace) -> DataFrame:
    records = (
        session.readStream.format("kafka")
        .option("kafka.bootstrap.servers", args.kafka_brokers)
        .option("subscribe", args.kafka_topic)
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", args.max_offsets_per_trigger)
        .load()
    )
    return records.selectExpr(
        "CAST(value AS STRING) AS _raw_value",
        "partition AS _kafka_partition",
        "offset AS _kafka_offset",
        "timestamp AS _kafka_timestamp",
        "current_timestamp() AS _ingested_at",
    )


def start_raw(records: DataFrame, args: argparse.Namespace) -> StreamingQuery:
    return (
        records.withColumn("_ingestion_date", F.date_format("_ingested_at", "yyyy-MM-dd"))
        .writeStream.format("delta")
        .partitionBy("_ingestion_date")
        .option("checkpointLocation", args.checkpoint_path)
        .trigger(availableNow=True)
        .start(args.output_path)
    )


def all_present(names: list[str]) -> Column:
    present = F.lit(True)
    for name in names:
        present = present & F.col(name).isNotNull()
    return present


def start_structured(records: DataFrame, args: argparse.Namespace) -> StreamingQuery:
    with open(args.event_schema, encoding="utf-8") as file:
        schema = StructType.fromJson(json.load(file))
    coordinates = ["_raw_value", "_kafka_partition", "_kafka_offset"]
    parsed = records.select(F.from_json("_raw_value", schema).alias("event"), "*").select(
        "event.*", *coordinates, "_kafka_timestamp", "_ingested_at", F.xxhash64("_raw_value").alias("_row_hash")
    )

    def write(batch: DataFrame, batch_id: int) -> None:
        checked = batch.withColumn("_is_valid", all_present(args.required)).persist()
        once = {"txnAppId": "bronze-structured", "txnVersion": str(batch_id)}
        rows = checked.where("_is_valid").withColumns(
            {"_event_date": F.to_date(args.event_time), "_event_hour": F.hour(args.event_time)}
        )
        dead_letters = checked.where("NOT _is_valid").select(*coordinates)
        rows.write.format("delta").mode("append").options(**once).partitionBy("_event_date", "_event_hour").save(args.output_path)
        dead_letters.write.format("delta").mode("append").options(**once).save(args.dlq_path)
        checked.unpersist()

    return (
        parsed.writeStream.foreachBatch(write)
        .option("checkpointLocation", args.checkpoint_path)
        .trigger(availableNow=True)
        .start()
    )


def start_windows(records: DataFrame, args: argparse.Namespace) -> StreamingQuery:
    readings = records.select(F.from_json("_raw_value", "id STRING, ts TIMESTAMP, value DOUBLE").alias("r")).select("r.*")
    windows = (
        readings.withWatermark("ts", "1 day")
        .groupBy(F.window("ts", "1 day"), "id")
        .agg(
            F.count("*").alias("readings"),
            F.avg("value").alias("mean"),
            F.min("value").alias("low"),
            F.max("value").alias("high"),
        )
    )
    return (
        windows.writeStream.format("delta")
        .outputMode("append")
        .option("checkpointLocation", args.checkpoint_path)
        .trigger(availableNow=True)
        .start(args.output_path)
    )


def state_of(batch: dict, checkpoint: str) -> dict:
    """How many windows are open after a micro-batch, and how many bytes of state it wrote: those of version batch + 1."""
    operators = batch["stateOperators"]
    if not operators:
        return {}
    version = str(batch["batchId"] + 1)
    files = [path for path in Path(checkpoint, "state").rglob("*") if path.is_file() and re.match(rf"{version}[._]", path.name)]
    return {"open": operators[0]["numRowsTotal"], "stateBytes": sum(path.stat().st_size for path in files)}


def report_batches(query: StreamingQuery, checkpoint: str) -> int:
    """Prints what each micro-batch took; returns how many rows they were."""
    batches = [batch for batch in query.recentProgress if batch["numInputRows"] > 0]
    for batch in batches:
        emit("batch", batch=batch["batchId"], rows=batch["numInputRows"], milliseconds=batch["durationMs"]["triggerExecution"], **state_of(batch, checkpoint))
    return sum(batch["numInputRows"] for batch in batches)


def main() -> None:
    args = arguments()
    session = open_session(args)
    records = read_topic(session, args)
    emit("started")
    started = time.monotonic()
    start = {"raw": start_raw, "structured": start_structured, "windows": start_windows}[args.mode]
    query = start(records, args)
    query.awaitTermination()
    seconds = time.monotonic() - started
    emit("finished", rows=report_batches(query, args.checkpoint_path), seconds=round(seconds, 3))


main()
