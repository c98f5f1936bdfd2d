"""What every reader program is asked: tables to copy to Parquet, and filters with the number of rows that they must find."""

import datetime
import decimal
import json
import sys

EPOCH = datetime.datetime(1970, 1, 1)


def literal(kind, text):
    """A filter's value in Python; instants are in UTC."""
    if kind in ("byte", "short", "integer", "long"):
        return int(text)
    if kind in ("float", "double"):
        return float(text)
    if kind.startswith("decimal"):
        return decimal.Decimal(text)
    if kind == "date":
        return datetime.date.fromisoformat(text)
    if kind == "timestamp":
        return (EPOCH + datetime.timedelta(microseconds=int(text))).replace(tzinfo=datetime.timezone.utc)
    if kind == "timestamp_ntz":
        return EPOCH + datetime.timedelta(microseconds=int(text))
    return text


def answer(read_table, questions=None):
    """Calls `read_table(root, copy)` for each table; it gives what it says of the table, and a function that counts the rows of a filter."""
    answers = {}
    with open(questions or sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    for table in asked:
        try:
            said, count = read_table(table["root"], table["copy"])
            wrong = []
            for asked_filter in table["filters"]:
                try:
                    found = count(asked_filter)
                except Exception as error:
                    found = str(error)[:200]
                if found != asked_filter["rows"]:
                    wrong.append({**asked_filter, "found": found})
            answers[table["name"]] = {"said": said, "wrong": wrong}
        except Exception as error:
            answers[table["name"]] = {"error": f"{type(error).__name__}: {error}"[:2000]}
    print("\n" + json.dumps(answers), flush=True)
