"""results.json, as Gradescope reads it: a document for each student, from her rows."""

import json

from scratchae.files import replacing
from scratchae.labs.judging import PASS


def write_results(path, rows, titles, seconds=None):
    """Write a student's rows as results.json; JSON has no NaN, and neither has this.

    titles : {number: title} of the labs   seconds : that it took, if that is known
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    found = document(rows, titles)
    if seconds is not None:
        found["execution_time"] = round(seconds, 3)
    text = json.dumps(found, indent=1, allow_nan=False)
    with replacing(path) as file:
        file.write(text.encode() + b"\n")


def document(rows, titles):
    """The document, a dict."""
    tests = [test_of(row) for row in rows]
    score = sum(test["score"] for test in tests)
    most = sum(test["max_score"] for test in tests)
    labs = {row["lab"]: titles.get(row["lab"], "") for row in rows}
    return {
        "score": score,
        "output": f"{score:g} of {most:g} points. " + ", ".join(
            f"lab {number}: {title}" for number, title in labs.items()),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"digests": {row["lab"]: row["digest"] for row in rows}},
    }


def test_of(row):
    """One part as a test."""
    passed = row["status"] == PASS
    return {
        "name": f"Lab {row['lab']}, part {row['part']}: {row['function']}",
        "number": f"{row['lab'].lstrip('0')}.{row['part']}",
        "score": points(row["points"]),
        "max_score": points(row["max points"]),
        "status": "passed" if passed else "failed",
        "output": "" if passed else f"{row['status']}: {row['reason']}",
        "output_format": "text",
        "tags": [row["slip"]] if row["slip"] else [],
        "visibility": "visible",
        "extra_data": {"tensor": row["tensor"], "index": row["worst index"],
                       "ratio": row["ratio"]},
    }


def points(text):
    """A number of points; 0 where somebody has written something else."""
    try:
        number = float(text.lstrip("'"))
    except ValueError:
        return 0
    if not abs(number) < 1e9:
        return 0
    return int(number) if number == int(number) else number
