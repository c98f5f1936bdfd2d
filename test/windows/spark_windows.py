"""Windows of readings by Spark Structured Streaming, as its users write them: what ours are compared with.

Reads a list of scenarios as JSON from its standard input. For each it writes the readings of a batch to a Kafka topic, lets the query
take them as one micro-batch, and goes on with the next; `restarts` says before which batches the query is stopped, and
started again from its checkpoint. Prints, as its last line, the rows of each scenario: in update mode the last of each key.
"""

import json
import shutil
import sys
import tempfile

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery
from pyspark.sql.types import IntegerType, StringType, StructField, StructType
from windows_session import open_session

FIELDS = "id STRING, at_ms BIGINT, value DOUBLE, n BIGINT, flag BOOLEAN"


def window_of(shape: dict) -> Column:
    if shape["kind"] == "session":
        return F.session_window("ts", f"{shape['gapMs']} milliseconds")
    slide = shape.get("slideMs", shape["sizeMs"])
    return F.window("ts", f"{shape['sizeMs']} milliseconds", f"{slide} milliseconds")


class Scenario:
    def __init__(self, spark: SparkSession, brokers: str, given: dict) -> None:
        self.spark = spark
        self.brokers = brokers
        self.given = given
        self.checkpoint = tempfile.mkdtemp(prefix="spark-windows-")
        self.rows: dict[str, dict] = {}

    def run(self) -> list[dict]:
        query = self.start()
        for index, batch in enumerate(self.given["batches"]):
            if index in self.given["restarts"]:
                query.stop()
                query = self.start()
            self.send(batch)
            query.processAllAvailable()
        query.stop()
        shutil.rmtree(self.checkpoint, ignore_errors=True)
        return list(self.rows.values())

    def start(self) -> StreamingQuery:
        records = (
            self.spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", self.brokers)
            .option("subscribe", self.given["topic"])
            .option("startingOffsets", "earliest")
            .load()
        )
        readings = records.select(F.from_json(F.col("value").cast("string"), FIELDS).alias("r")).select("r.*")
        aggregates = [F.expr(sql).alias(name) for name, sql in self.given["aggregates"].items()]
        windows = (
            readings.withColumn("ts", F.timestamp_millis("at_ms"))
            .withWatermark("ts", f"{self.given['delayMs']} milliseconds")
            .groupBy(window_of(self.given["shape"]).alias("w"), "id")
            .agg(*aggregates)
            .select(
                F.unix_millis("w.start").alias("startMs"),
                F.unix_millis("w.end").alias("endMs"),
                "id",
                *self.given["aggregates"],
            )
        )
        return (
            windows.writeStream.outputMode(self.given["mode"])
            .option("checkpointLocation", self.checkpoint)
            .foreachBatch(self.take)
            .start()
        )

    def take(self, frame: DataFrame, batch: int) -> None:
        for row in frame.toJSON().collect():
            values = json.loads(row)
            key = [values["startMs"], values["endMs"], values["id"]]
            if self.given["mode"] == "append" and json.dumps(key) in self.rows:
                key.append(batch)
            self.rows[json.dumps(key)] = values

    def send(self, batch: list[dict]) -> None:
        schema = StructType([StructField("partition", IntegerType()), StructField("value", StringType())])
        records = [(reading.pop("partition"), json.dumps(reading)) for reading in batch]
        (
            self.spark.createDataFrame(records, schema)
            .coalesce(1)
            .write.format("kafka")
            .option("kafka.bootstrap.servers", self.brokers)
            .option("topic", self.given["topic"])
            .save()
        )


def main() -> None:
    jars, brokers = sys.argv[1:]
    scenarios = json.load(sys.stdin)
    spark = open_session(jars)
    print(json.dumps([Scenario(spark, brokers, scenario).run() for scenario in scenarios]), flush=True)
    spark.stop()


main()
