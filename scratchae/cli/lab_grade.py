"""`scratchae lab grade DIR`: submissions into a table, each in a process of its own."""

from collections import Counter
from pathlib import Path

from scratchae.cli.outputs import check_folder
from scratchae.errors import warn
from scratchae.labs.grading import Run, grade, missing_layers
from scratchae.pulse import doing
from scratchae.text_table import text_table

OUT = Path("grades.csv")
STATUSES = "pass", "fail", "error", "not written yet", "missing"


def grade_folder(options, folder, chosen):
    """Grade, and say where the table is; typed again, it goes on where it stopped."""
    folder, out = Path(folder), options.out or OUT
    refuse(folder, out)
    with doing("looking at this system"):
        missing = missing_layers()
    if missing:
        warn(f"this system has no {', '.join(missing)}: submissions are confined less; "
             "what that means is in scratchae/labs/grading/README.md")
    run = Run(chosen, 1 if options.seed is None else options.seed)
    try:
        table, new, changed, others = grade(run, folder, out, options.overwrite)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"({out} has the students that are done; the same "
                                "command goes on from there)") from None
    if others:
        print(f"no submissions: {', '.join(map(ascii, others))}")
    if changed:
        print(f"other files than those graded, rows kept: "
              f"{', '.join(student.name for student in changed)} (--overwrite grades "
              "all anew)")
    print("\n".join(by_part(table.rows.values())))
    print(f"\nstudents graded: {len(new)}, there before: {len(table.rows) - len(new)}")
    print(f"{out}\n{out.with_suffix('')}/*/results.json")
    return 0


def by_part(students):
    """Lines of a table: of each part, how many students have which status."""
    counts = {}
    for row in (row for rows in students for row in rows):
        part = row["lab"], row["part"], row["function"]
        counts.setdefault(part, Counter())[row["status"]] += 1
    lines = [(*part, *(str(of[status] or "") for status in STATUSES))
             for part, of in sorted(counts.items())]
    return text_table(("lab", "part", "function", *STATUSES), lines)


def refuse(folder, out):
    """Raise an OSError or ValueError before any work."""
    if not folder.is_dir():
        raise NotADirectoryError(f"lab grade: there is no folder {folder}")
    if out.suffix.lower() != ".csv":
        raise ValueError(f"--out: {out} should end in .csv")
    if out.is_dir():
        raise IsADirectoryError(f"--out: {out} is a folder, not a file")
    check_folder(out.parent)
    place = out.resolve().with_suffix("")  # of each student's results.json
    if folder.resolve() in (place, *place.parents):
        raise ValueError(f"--out: {out} and {out.with_suffix('')}/NAME/results.json "
                         f"would be in {folder}, where each entry is a student's")
