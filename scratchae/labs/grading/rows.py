"""A row for each student and part: made from a report, kept in a table of text.

Cells are on one line, and none is taken for a formula by a spreadsheet.
"""

import csv
import math
from pathlib import Path

from scratchae.files import write_csv
from scratchae.labs.grading.cells import cell
from scratchae.labs.judging import ERROR, OK, UNWRITTEN, WRONG
from scratchae.labs.report import apart, said_of

MISSING = "missing"
COLUMNS = ("student", "lab", "part", "function", "status", "points", "max points",
           "tensor", "worst index", "ratio", "slip", "reason", "file", "digest", "seed")


def rows_of(student, lab, hand_in, report=None, file="", problem=""):
    """The rows of one lab: of its report, or of why there is none."""
    about = {"student": student.name, "lab": lab.number, "file": file,
             "digest": hand_in.digest}
    rows = []
    for i, part in enumerate(lab.parts):
        result = {"status": MISSING if hand_in.missing else ERROR, "points": 0,
                  "reason": problem or hand_in.problem}
        if report is not None:
            result = _judged(report.parts[i])
        row = about | {"part": i + 1, "function": part.function,
                       "max points": part.points} | result
        rows.append({name: cell(row.get(name, "")) for name in COLUMNS})
    return rows


def _judged(part):
    """The cells of a PartResult."""
    failed = [row for row in part.rows if row.verdict != OK]
    first = next((row for row in failed if row.verdict == WRONG), None)
    found = {"status": part.status, "points": part.points, "slip": part.code,
             "reason": reason(part, failed)}
    if first is not None:
        found |= {
            "tensor": first.name, "slip": part.code or first.code,
            "worst index": " ".join(map(str, first.worst_index)),
            "ratio": f"{first.ratio:.6g}" if math.isfinite(first.ratio) else "",
        }
    return found


def reason(part, failed):
    """Why a part does not pass, in words."""
    words = []
    if part.text:
        at = f"line {part.line}" if part.line and part.status != UNWRITTEN else ""
        at += f" in {part.where}" if at and part.where not in ("", "<module>") else ""
        words.append(f"{at}: {part.text}" if at else part.text)
    for row in failed:
        said = [said_of(row, part), _numbers(row)]
        words.append(f"{row.name}: {'; '.join(filter(None, said))}")
    return ". ".join(words)


def _numbers(row):
    """The worst entry of a tensor in words; nothing where none can be shown."""
    if not math.isfinite(row.yours):
        return ""
    at = f"at {row.worst_index} " if row.worst_index else ""
    yours, expected = apart(row.yours, row.expected)
    ratio, _ = apart(row.ratio, 1.0)
    of_it = f", ratio {ratio}" if math.isfinite(row.ratio) else ""
    return f"{at}{yours} for {expected}{of_it}"


class Table:
    """The rows of a run, in a .csv file that is whole at any moment.

    rows : {student: her rows}, those of an earlier run first
    """

    def __init__(self, path):
        self.path, self.rows = Path(path), {}

    def read(self):
        """Take over what an earlier run has left; ValueError if it is another table."""
        with open(self.path, encoding="utf-8-sig", newline="") as file:
            try:
                lines = csv.DictReader(file, strict=True)
                found = [dict(line) for line in lines]
                names = tuple(lines.fieldnames or ())
            except csv.Error:
                names = ()
            except UnicodeDecodeError:  # her row would be that of another name
                raise ValueError(f"--out: {self.path} is not in UTF-8: a spreadsheet "
                                 "can save it so; --overwrite replaces it") from None
        if names == COLUMNS[:-1]:
            raise ValueError(f"--out: {self.path} is a table of an older version, "
                             "which kept no seed: add a last column, seed (of 1 where "
                             "no --seed was typed); --overwrite replaces it")
        if names != COLUMNS or any(
                None in row or None in row.values() for row in found):
            raise ValueError(f"--out: {self.path} is there and no table of grades; "
                             "--overwrite replaces it")
        for row in found:
            row["lab"] = row["lab"].zfill(2)  # spreadsheets make 1 of 01
            self.rows.setdefault(row["student"], []).append(row)

    def restore_names(self, students):
        """Give a student's rows her name again; a spreadsheet makes 7 of 007."""
        names = dict.fromkeys(student.name for student in students)
        left = {name: str(int(name)) if name.isdecimal() else name for name in names}
        for name, short in left.items():
            only = [*left.values()].count(short) == 1  # of 007 and 07 it may be either
            if only and name not in self.rows and short in self.rows:
                self.rows[name] = [row | {"student": name}
                                   for row in self.rows.pop(short)]

    def add(self, student, rows):
        """Add a student, and write the file."""
        self.rows[student.name] = rows
        self.write()

    def write(self):
        """The file, students in the order of their names."""
        write_csv(self.path, COLUMNS, [
            [row[name] for name in COLUMNS]
            for student in sorted(self.rows) for row in self.rows[student]
        ])
