"""Grade a folder of submissions: a table, and results.json for each student.

What is run is a copy, in processes that are confined (confined.py); what they return
is compared here (labs/judging.py). A submission can spoil its own rows and no others.
"""

import contextlib
import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from scratchae.labs import check
from scratchae.labs.grading.cages import Cages, Stopped, missing_layers
from scratchae.labs.grading.gradescope import write_results
from scratchae.labs.grading.rows import Table, rows_of
from scratchae.labs.grading.submissions import find_students, hand_in
from scratchae.labs.judging import UNWRITTEN
from scratchae.pulse import steps

__all__ = ["Run", "grade", "missing_layers"]


@dataclass
class Run:
    """How submissions are graded.

    labs : those to be graded   seed : of the inputs   seconds : that a part may take,
    by default the lab's   jobs : processes at a time   without : layers left out, for
    tests of the others
    """

    labs: list
    seed: int = 1
    seconds: float | None = None
    jobs: int = os.cpu_count() or 1
    without: str = ""


def grade(run, folder, out, overwrite=False):
    """Grade the submissions of a folder into a .csv file, and FILE/NAME/results.json.

    Students who have rows in the file keep them, unless `overwrite`. Every student is
    written when she is graded: whenever this is stopped, it goes on from there.
    Returns the Table, the students graded now, those who have handed in something else
    since, and the names of what is no submission.
    """
    table = Table(out)
    if table.path.exists() and not overwrite:
        table.read()
    students, others = find_students(folder)
    table.restore_names(students)
    refuse_another_run(run, table, students)
    new = [s for s in students if s.name not in table.rows]
    changed = [s for s in students if s not in new and has_changed(run, table, s)]
    for student in new:
        path = results_path(table, student)
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} is there already: --overwrite replaces it, "
                                  "--out puts the new ones elsewhere")
    _grade(run, table, new)
    for student in students:  # what an earlier run had no time to tell
        if not results_path(table, student).exists():
            tell(run, table, student)
    return table, new, changed, others


def results_path(table, student):
    """Where a student's results.json is: in a folder beside the table."""
    return table.path.with_suffix("") / student.path.name / "results.json"


def tell(run, table, student, seconds=None):
    """Write a student's results.json from her rows."""
    titles = {lab.number: lab.title for lab in run.labs}
    rows = table.rows[student.name]
    write_results(results_path(table, student), rows, titles, seconds)


def work_of(run, student, lab):
    """The HandIn of a student for a lab; of one lab only, a file will do."""
    return hand_in(student, lab, only=len(run.labs) == 1)


def refuse_another_run(run, table, students):
    """Raise ValueError where a table was made for fewer labs, or with another seed."""
    anew = "--out makes another table, --overwrite this one anew"
    wanted = {lab.number for lab in run.labs}
    for student in students:
        rows = table.rows.get(student.name)
        missing = sorted(wanted - {row["lab"] for row in rows}) if rows else ()
        if missing:
            raise ValueError(f"{table.path} was made for other labs: it has "
                             f"{student.name} without lab {', '.join(missing)}; {anew}")
    for seed in sorted({row["seed"] for rows in table.rows.values() for row in rows}):
        if seed not in ("", str(run.seed)):  # none in a row that was made by hand
            raise ValueError(f"--seed {run.seed}: {table.path} was made with --seed "
                             f"{seed}; {anew}")


def has_changed(run, table, student):
    """Whether a student's files are others than those that her rows are of."""
    digests = {row["lab"]: row["digest"] for row in table.rows[student.name]}
    return any(work_of(run, student, lab).digest != digests[lab.number]
               for lab in run.labs)


def _grade(run, table, students):
    """Grade students, several at a time; each is written when she is done."""
    compiled = any("compiled" in part.asks for lab in run.labs for part in lab.parts)
    cages = Cages(run.without, ("numba",) if compiled else ())
    with ThreadPoolExecutor(run.jobs) as pool:
        tasks = {pool.submit(graded, run, student, cages): student
                 for student in students}
        done = as_completed(tasks)
        try:
            for _ in steps(tasks, "grading", "students"):
                task = next(done)
                rows, seconds = task.result()
                table.add(tasks[task], rows)
                tell(run, table, tasks[task], seconds)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            cages.stop()


def graded(run, student, cages):
    """The rows of one student, and the seconds that they took."""
    rows, start = [], time.perf_counter()
    for lab in run.labs:
        found = work_of(run, student, lab)
        best, name, problem = None, "", ""
        for file, data in found.tries.items():
            try:
                report = run_copy(run, lab, file, data, found.beside, cages)
            except Stopped:
                raise
            except Exception as error:  # whatever a submission has brought about
                problem = f"{file} cannot be graded: {type(error).__name__}: {error}"
                continue
            if best is None or merit(report) > merit(best):
                best, name = report, file
        rows += [row | {"seed": str(run.seed)}
                 for row in rows_of(student, lab, found, best, name, problem)]
    return rows, time.perf_counter() - start


def merit(report):
    """By what the best file counts: its points, then how many parts were tried."""
    return report.points, sum(part.status != UNWRITTEN for part in report.parts)


def run_copy(run, lab, file, data, beside, cages):
    """The LabReport of a file, copied into a folder of its own with those beside it.

    file, data : its name below the student's folder, and its bytes
    beside : {name: bytes} of the others; those that are in the file's folder come along
    """
    below, folder = Path(file).parent, tempfile.mkdtemp(prefix="scratchae-grade-")
    try:
        for name, text in (beside | {file: data}).items():
            if Path(name).is_relative_to(below):
                copy = Path(folder, Path(name).relative_to(below))
                with contextlib.suppress(OSError, ValueError):
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(text)
        return check(lab, Path(folder, Path(file).name), run.seed, run.seconds, cages)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
