"""`scratchae lab`: what a student has written, checked tensor by tensor."""

import re
import sys
import time
from pathlib import Path

from scratchae.cli.lab_export import export_labs
from scratchae.cli.lab_files import PLACES, file_of, given_file, start, stub_of
from scratchae.cli.lab_grade import grade_folder
from scratchae.cli.options import add_overwrite, non_negative_int
from scratchae.errors import did_you_mean
from scratchae.labs import check, lab_numbers, lab_of
from scratchae.labs.judging import UNWRITTEN
from scratchae.pulse import doing, steps, waiting
from scratchae.text_table import text_table

NAME = "lab"
HELP = "Labs: write the gradient yourself, and be told exactly what is wrong."
EXAMPLE = "scratchae lab start; scratchae lab 01"
WAIT = 0.3  # seconds between two looks at a file that is watched


def add_arguments(parser):
    """Which lab, and what is to be shown of it."""
    parser.add_argument(
        "words", nargs="*", metavar="NN",
        help="a lab, such as 01: check your file. `start` writes all labs' files into "
        "./labs, `start 01 03` some; nothing that is there is replaced. Without a "
        "word: all labs and how far you are. For lecturers: `export DIR` writes what "
        "is handed out, `grade DIR` grades a folder of submissions, an entry a student",
    )
    parser.add_argument("--file", type=Path, metavar="FILE",
                        help=f"your file (default: {PLACES})")
    parser.add_argument("--watch", action="store_true",
                        help="check again whenever the file is saved, until Ctrl-C")
    parser.add_argument("--solution", action="store_true",
                        help="say in which public function each formula stands")
    parser.add_argument("--confusion", action="store_true",
                        help="of all labs, or those named: each slip, and what it is "
                        "taken for")
    teaching = parser.add_argument_group("for lecturers: export DIR, grade DIR")
    teaching.add_argument("--labs", metavar="01-06",
                          help="which labs (default: all); 01,03 names some")
    teaching.add_argument("--out", type=Path, metavar="FILE.csv",
                          help="the table of grades (default: grades.csv); "
                          "FILE/NAME/results.json is beside it")
    teaching.add_argument("--seed", type=non_negative_int,
                          help="of the inputs of grade (default: 1; students see 0)")
    add_overwrite(teaching)


def run(options):
    """Check, show, or write the stubs; 1 if a part does not pass."""
    words = options.words
    if words[:1] in (["export"], ["grade"]):
        return for_lecturers(options, *words)
    refuse_for_lecturers(options)
    if words[:1] == ["start"]:
        chosen = find(words[1:])
        refuse_idle(options, "start", "file", "watch", "solution", "confusion")
        return start(chosen)
    chosen = find(words, ["start", "export", "grade"])
    if options.confusion:
        refuse_idle(options, "--confusion", "file", "watch", "solution")
        return print_confusion(chosen)
    if not words and options.file is None:
        refuse_idle(options, "all labs", "watch", "solution")
        return overview(chosen)
    if not words:
        raise ValueError("--file: say whose lab it is, as in scratchae lab 01 --file F")
    if len(chosen) > 1:
        raise ValueError("one lab at a time, or none for all of them")
    path = given_file(chosen[0], options.file)
    check_now = watch if options.watch else show
    return check_now(chosen[0], path, options)


def for_lecturers(options, word, *folders):
    """`export DIR` and `grade DIR`."""
    if len(folders) != 1:
        raise ValueError(f"lab {word}: say one folder, as in scratchae lab {word} DIR")
    refuse_idle(options, word, "file", "watch", "solution", "confusion")
    chosen = find(numbers_of(options.labs))
    if word == "export":
        refuse_idle(options, "export", "out", "seed", way="lab grade DIR")
        return export_labs(Path(folders[0]), {lab: stub_of(lab) for lab in chosen},
                           options.overwrite)
    return grade_folder(options, folders[0], chosen)


def refuse_for_lecturers(options):
    """Raise ValueError for an option of lecturers where nothing is graded."""
    for name in typed(options, "labs", "out", "seed", "overwrite"):
        raise ValueError(f"--{name} means nothing without export or grade")


def refuse_idle(options, what, *names, way="lab 01"):
    """Raise ValueError for an option that would do nothing."""
    for name in typed(options, *names):
        raise ValueError(f"--{name} means nothing for {what}; it is for scratchae "
                         f"{way} --{name}")


def typed(options, *names):
    """Those of these options that were typed; --seed 0 is."""
    return [n for n in names if getattr(options, n) is not None
            and getattr(options, n) is not False]


def numbers_of(text):
    """The numbers in 01-03,05 as words; none means all labs."""
    numbers = []
    for piece in text.split(",") if text else ():
        found = re.fullmatch(r"\s*(\d\d?)(?:-(\d\d?))?\s*", piece)
        if not found:
            raise ValueError(f"--labs: expected such as 01-06 or 01,03, got {text!r}")
        first, last = int(found[1]), int(found[2] or found[1])
        between = [f"{n:02}" for n in range(first, last + 1)]
        numbers += [n for n in between if n in lab_numbers()] or [piece.strip()]
    return sorted({*numbers})


def find(words, more=()):
    """The labs of these numbers, all without one; 1 is 01.

    more : what else could have stood there, for the error
    """
    known = lab_numbers()
    chosen = [word.split("_")[0].zfill(2) for word in words]
    for word, number in zip(words, chosen, strict=True):
        if number not in known:
            hint = did_you_mean(known[0] if number == "00" else word, [*known, *more])
            raise ValueError(f"no lab {word!r}; expected one of "
                             f"{', '.join([*known, *more])}.{hint}")
    return [lab_of(number) for number in dict.fromkeys(chosen or known)]


def show(lab, path, options):
    """Check one file and print the report; 1 if a part does not pass."""
    try:
        with doing(f"checking {path}"):
            report = check(lab, path)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    print(report.text(options.solution))
    print(next_step(report), end="")
    return 0 if report.passed else 1


def next_step(report):
    """A line of where to go on; none where what is wrong has been told."""
    first = next((part for part in report.parts if not part.passed), None)
    if first is not None:
        place = f":{first.line}" if first.line else f", {first.where}"
        if first.status != UNWRITTEN or not (first.line or first.where):
            return ""
        return (f"next: part {first.number}, {report.path}{place}: your lines in the "
                "place of `raise`\n")
    after = [number for number in lab_numbers() if number > report.lab.number]
    return f"done; next: scratchae lab {after[0]}\n" if after else "done\n"


def watch(lab, path, options):
    """Check whenever the file changes; ends by Ctrl-C only."""
    seen = before = None
    while True:
        now = path.read_bytes() if path.is_file() else None
        whole = now == before or seen is None  # nobody is writing it at the moment
        if now not in (None, seen) and whole:
            print("\033[2J\033[H" if sys.stdout.isatty() else "", end="")
            try:
                show(lab, path, options)
            except (OSError, ValueError) as error:  # the next save may be better
                print(error)
            print(f"\nwatching {path}; Ctrl-C ends", flush=True)
            seen = now
        before = now
        with waiting():
            pause()


def pause():
    """Between two looks at a file."""
    time.sleep(WAIT)


def overview(chosen):
    """All labs and parts on one screen; 1 if a part does not pass."""
    rows, points, left = [], 0, []
    for lab in steps(chosen, "checking labs", "labs"):
        got, parts = so_far(lab)
        rows.append((lab.number, lab.title, lab.lecture[:2], f"{got} of {lab.points}",
                     parts))
        points += got
        if got < lab.points:
            left.append(lab)
    print("\n".join(text_table(("lab", "title", "lecture", "points", "parts"), rows)))
    print(f"\n{len(chosen) - len(left)} of {len(chosen)} labs done, {points} of "
          f"{sum(lab.points for lab in chosen)} points (-: not written yet)")
    if left:
        print(f"next: scratchae course {left[0].lecture[:2]}, then scratchae lab "
              f"{left[0].number}")
    if all(row[-1] == "not started" for row in rows):
        print("`scratchae lab start` writes the files into ./labs")
    return 1 if left else 0


def so_far(lab):
    """The points of a lab's file, and how its parts are, in words."""
    path = file_of(lab)
    if path is None:
        return 0, "not started"
    if path.read_bytes() == stub_of(lab).read_bytes():  # nothing is to be run
        return 0, " ".join(f"{i}:-" for i in range(1, len(lab.parts) + 1))
    try:
        report = check(lab, path)
    except ValueError as error:  # the other labs are told all the same
        return 0, f"{path}: {error}"
    return report.points, " ".join(
        f"{part.number}:{part.status}" for part in report.parts
    ).replace("not written yet", "-")


def print_confusion(chosen):
    """Every slip against every diagnosis; 1 if one is taken for another, or for none.
    """
    from scratchae.labs.confusion import as_text, confusion

    found = confusion(steps(chosen, "running slips", "labs"))
    print(as_text(found))
    return 0 if all(row.named == row.code for row in found) else 1
