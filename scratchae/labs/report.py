"""What a lab's check says, for a terminal."""

import math
from dataclasses import dataclass, replace

from scratchae.labs.judging import ERROR, OK, PASS, UNWRITTEN
from scratchae.text_table import text_table

HEAD = ("tensor", "shape", "yours", "expected", "worst at", "ratio", "verdict")


@dataclass(frozen=True)
class LabReport:
    """A lab's parts as they are in one file; `print` it to see the tables.

    lab : the Lab   path : of the student's file   parts : a PartResult each
    printed : what the file printed
    """

    lab: object
    path: object
    parts: tuple
    printed: str = ""

    @property
    def passed(self):
        """Whether every part passes."""
        return all(part.passed for part in self.parts)

    @property
    def points(self):
        """Of the parts that pass."""
        return sum(part.points for part in self.parts)

    def __str__(self):
        return self.text()

    def text(self, solutions=False):
        """The tables; with `solutions`, also where each part's formula stands."""
        lines = [f"Lab {self.lab.number}: {self.lab.title} ({self.path})"]
        if self.printed.strip():
            lines += ["", "your file printed:", self.printed.rstrip()]
        lines += self._part_lines(solutions)
        right = sum(part.passed for part in self.parts)
        lines += ["", f"{right} of {len(self.parts)} parts pass, "
                  f"{self.points} of {self.lab.points} points"]
        return "\n".join(lines)

    def _part_lines(self, solutions):
        """Those of each part; what is the same in all is said once, above them."""
        lines, parts = [], self.parts
        causes = {(part.status, part.text, part.line, part.where) for part in parts}
        if len(parts) > 1 and len(causes) == 1 and parts[0].status == ERROR:
            lines += ["", "all parts end alike:", *part_lines(parts[0], self.path)[1:]]
            parts = [replace(part, text="") for part in parts]
        for part, asked in zip(parts, self.lab.parts, strict=True):
            lines += ["", *part_lines(part, self.path)]
            if solutions:
                lines.append(f"  its formula: see {asked.solution}")
        return lines


def part_lines(part, path=""):
    """One part: its head, the table where there is one, then the words."""
    lines = [f"part {part.number}, {part.function}: {part.status}"
             + (f" ({part.said})" if part.said else "")]
    if part.text:
        place = ""
        if part.line and part.status != UNWRITTEN:
            place = f"{path}:{part.line}: "
            if part.where not in ("", "<module>"):
                place += f"in {part.where}: "
        lines.append(f"  {place}{part.text}")
    if part.status != PASS and part.rows:
        lines += [f"  {line}" for line in text_table(HEAD, map(_cells, part.rows))]
        lines += [f"  {row.name}: {said}" for row in part.rows
                  if row.verdict != OK and (said := said_of(row, part))]
    return lines


def said_of(row, part):
    """What is seen of one tensor, and the slip, which is a guess, however good.

    Nothing where the part's own text says what comes first.
    """
    guess = f"likely: {row.words}" if row.words else ""
    said = "; ".join(filter(None, (row.fact, guess)))
    return said or ("" if part.text else "no known slip")


def _cells(row):
    """A Row as texts, in the order of HEAD."""
    shape, index = "x".join(map(str, row.shape)) or "number", ""
    if row.verdict == OK:
        yours, expected = _number(row.yours), _number(row.expected)
        ratio = _number(row.ratio)
    else:
        index = str(row.worst_index) if row.worst_index else ""
        yours, expected = apart(row.yours, row.expected)
        ratio, _ = apart(row.ratio, 1.0)
    return row.name, shape, yours, expected, index, ratio, row.verdict


def apart(a, b):
    """Two numbers as texts, with as many digits as it takes to see that they differ."""
    for digits in range(6, 18):
        texts = [_number(a, digits), _number(b, digits)]
        if texts[0] != texts[1] or a == b:
            break
    return texts


def _number(value, digits=6):
    """A number as a text; nothing of what is none."""
    return "" if math.isnan(value) else f"{value:.{digits}g}"
