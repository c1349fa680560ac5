"""The grader's test: `python tests/grading.py` makes 100 submissions and grades them.

Some forty are hostile (tests/hostile.py), the others solutions, stubs and the wrong
answers of tests/labs. Each row must be right, nothing may be left running, and nothing
written outside. `--without namespaces` and the like leave out a layer, to see whether
the others hold; what would then do harm is left out as well.
"""

import argparse
import contextlib
import csv
import inspect
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

from hostile import FILES, HOSTILE, NEEDS
from lab_tools import LABS, SOLUTIONS, results_of, solution_of, stub_of

import scratchae
from scratchae.cli.lab_files import stub_of as stub_path
from scratchae.labs.grading import Run, grade, missing_layers
from scratchae.museum.planting import edited

LIBRARY = Path(scratchae.__file__).parent
SEED = 1


def harmless(without):
    """Names of the hostile submissions that some layer here holds back."""
    missing = {*missing_layers(), *without.split(",")}
    return {name for name in HOSTILE if not NEEDS.get(name, {"limits"}) <= missing}


def write_hostile(folder, place, port, names):
    """The hostile submissions, and a student's work that they would like to have."""
    neighbour = folder / "0 neighbour" / "01_dense.py"
    neighbour.parent.mkdir(parents=True)
    shutil.copy(SOLUTIONS / "01_dense.py", neighbour)
    stands_for = {"PLACE": place, "NEIGHBOUR": neighbour, "LIBRARY": LIBRARY,
                  "PORT": port, "PARENT": os.getpid()}
    for name, hostile in HOSTILE.items():
        if name in names:
            source = hostile.source
            for word, value in stands_for.items():
                source = source.replace(word.encode(), str(value).encode())
            (folder / name).mkdir()
            (folder / name / "01_dense.py").write_bytes(source)
    for name, (file, data, *_) in FILES.items():
        (folder / name).mkdir()
        (folder / name / file).write_bytes(data)
    for name in ("link", "pipe"):
        (folder / name).mkdir()
    (folder / "link/01_dense.py").symlink_to(neighbour)
    os.mkfifo(folder / "pipe/01_dense.py")
    (folder / "link to a folder").symlink_to(neighbour.parent)


def hostile_problems(rows, names):
    """Where the rows of hostile submissions are not as they should be."""
    wanted = {name: (h.status, h.words, h.rest) for name, h in HOSTILE.items()
              if name in names}
    wanted |= {cell_of(name): (status, words, "any")
               for name, (_, _, status, words) in FILES.items()}
    wanted |= {"link": ("error", "01_dense.py is a symbolic link", "error"),
               "pipe": ("error", "not a regular file", "error"),
               "link to a folder": ("error", "a symbolic link", "error"),
               "0 neighbour": ("pass", "", "pass")}
    for name, (status, words, rest) in wanted.items():
        found = [row for row in rows.get(name, ()) if row["lab"] == "01"]
        first, *others = found or [{}]
        found = first.get("status", "no row")
        right = found in ("fail", "error") if status == "not pass" else found == status
        if not right or words not in first["reason"]:
            yield f"{name}: {first}"
        for row in others:
            if rest not in ("any", row["status"]):
                yield f"{name}, part {row['part']}: {row['status']}, {row['reason']}"


def cell_of(name):
    """The name as it must stand in the table; written by hand."""
    return {"odd,\n\x1b[2Jname": "odd,\\n\\x1b[2Jname", "=1+1;@x": "'=1+1;'@x"}.get(
        name, name)


def write_others(folder, total, numbers):
    """Solutions, stubs, wrong answers; their {student: {lab: [(status, slip)]}}."""
    wrongs = [(number, wrong) for number in numbers
              for wrong in solution_of(number).WRONG if wrong[1]]
    expected = {}
    for i in range(total):
        student = f"student {i:03}"
        (folder / student).mkdir()
        number, wrong = wrongs[i % len(wrongs)]
        expected[student] = {
            lab: write_one(folder / student, lab, i, wrong if lab == number else None)
            for lab in numbers
        }
    return expected


def write_one(folder, lab, i, wrong):
    """One file of a student, and what its rows must be."""
    path = next(SOLUTIONS.glob(f"{lab}_*.py"))
    module, text = solution_of(lab), path.read_text()
    if i % 8 == 7:  # handed in as it was handed out
        path = stub_path(LABS[lab])
        module, text, wrong = stub_of(lab), path.read_text(), None
    change = contextlib.nullcontext()
    if wrong:
        function, old, new, *_ = wrong
        source = inspect.getsource(getattr(module, function))
        text = text.replace(source, source.replace(old, new))
        change = edited(getattr(module, function), old, new)
    (folder / path.name).write_text(text)
    with change:
        results = results_of(LABS[lab], module, SEED)
    return [(r.status, slip_of(r)) for r in results]


def slip_of(result):
    """The slip that is named for a part: of the first tensor with an error of its own.
    """
    own = [row.code for row in result.rows if row.verdict == "FAIL"]
    return result.code or (own[0] if own else "")


def other_problems(rows, expected):
    """Where the rows of the others are not those of a run in this process."""
    for student, labs in expected.items():
        for lab, wanted in labs.items():
            found = [(row["status"], row["slip"]) for row in rows.get(student, ())
                     if row["lab"] == lab and row["function"] != "speed"]
            if found != wanted:
                yield f"{student}, lab {lab}: {found}, expected {wanted}"


def left_running():
    """Command lines of processes that this one's graders have started and not ended."""
    here = str(os.getpid()).encode()
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = Path("/proc", name, "cmdline").read_bytes().split(b"\0")
            if here in words and any(word.endswith((b"/confined.py", b"/nursery.py"))
                                     for word in words):
                yield f"left running: {name} {words}"


def contents(*folders):
    """{path: its bytes, or what it is} below these folders."""
    return {
        path: path.read_bytes() if path.is_file() and not path.is_symlink() else
        os.lstat(path).st_mode
        for folder in folders for path in sorted(Path(folder).rglob("*"))
        if "__pycache__" not in path.parts
    }


def grade_all(folder, total, run, names=None):
    """Write, grade and judge; the problems, the seconds, and how many submissions."""
    names = harmless(run.without) & (names or {*HOSTILE})
    place, hand_ins, out = folder / "place", folder / "hand-ins", folder / "out"
    for path in (place, hand_ins, out):
        path.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        write_hostile(hand_ins, place, server.getsockname()[1], names)
        count = len(list(hand_ins.iterdir()))
        numbers = [lab.number for lab in run.labs]
        expected = write_others(hand_ins, max(0, total - count), numbers)
        before = contents(place, hand_ins, LIBRARY / "labs")
        start = time.perf_counter()
        grade(run, hand_ins, out / "grades.csv")
        seconds = time.perf_counter() - start
        server.settimeout(0)
        problems = [*left_running()]
        with contextlib.suppress(OSError):
            problems += [f"somebody connected: {server.accept()}"]
    after = contents(place, hand_ins, LIBRARY / "labs")
    problems += [f"another file: {path}" for path in before.keys() | after.keys()
                 if before.get(path) != after.get(path)]
    rows = read_rows(out / "grades.csv")
    problems += [*hostile_problems(rows, names), *other_problems(rows, expected)]
    problems += results_problems(out / "grades", hand_ins, rows)
    return problems, seconds, len(list(hand_ins.iterdir()))


def read_rows(path):
    """{student: rows} of the table."""
    rows = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["student"], []).append(row)
    return rows


def results_problems(folder, hand_ins, rows):
    """Where a results.json is missing or has other points than the table."""
    found = []
    for path in folder.glob("*/results.json"):
        document = json.loads(path.read_text(), parse_constant=float.fromhex)
        found.append(sum(test["score"] for test in document["tests"]))
    points = [sum(int(row["points"]) for row in of) for of in rows.values()]
    if len(found) != len(list(hand_ins.iterdir())) or sorted(found) != sorted(points):
        yield f"results.json: {len(found)} files, {sum(found)} and {sum(points)} points"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--total", type=int, default=100)
    parser.add_argument("--labs", nargs="*", default=["01", "02"])
    parser.add_argument("--without", default="", help="layers, with commas")
    options = parser.parse_args()
    run = Run([LABS[number] for number in options.labs], SEED, without=options.without)
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        problems, seconds, count = grade_all(Path(folder), options.total, run)
    print(*problems, sep="\n")
    print(f"{count} submissions in {seconds:.0f} s on {os.cpu_count()} cores, "
          f"{len(problems)} problems")
    sys.exit(bool(problems))
