"""`scratchae course`: run the lecture scripts in order."""

import contextlib
import runpy
import shlex
import sys
import tempfile
import time
from pathlib import Path

from scratchae.cli.options import add_overwrite
from scratchae.cli.outputs import check_folder, check_output, refuse_what_is_read
from scratchae.course import OUT, Lecture, refuse_to_replace
from scratchae.data_options import DEFAULT, add_data_options, arguments_of
from scratchae.errors import did_you_mean
from scratchae.nn.backend import check_kernels
from scratchae.notebooks import write_notebooks
from scratchae.pulse import doing, tell
from scratchae.site import MADE, build_site, check_generator, run_cells

NAME = "course"
HELP = "Run the lectures in order; ends with a table of times, numbers and figures."
EXAMPLE = "scratchae course 01 10 --quick"
PACKAGE = Path(__file__).resolve().parents[1]
INSTALLED = PACKAGE / "lectures"  # a wheel carries them; a checkout has them beside it
LECTURES = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "lectures"


def add_arguments(parser):
    """Which lectures, on which data, and where figures go."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="such as 10 or 10_vae (default: all)"
    )
    add_data_options(parser)
    parser.add_argument("--quick", action="store_true", help="short, true runs")
    parser.add_argument("--out", type=Path, metavar="DIR",
                        help=f"where figures go (default: {OUT})")
    parser.add_argument("--notebooks", type=Path, metavar="DIR",
                        help="run nothing: write the lectures as notebooks into DIR")
    parser.add_argument("--html", type=Path, metavar="DIR",
                        help="run all lectures and write the course as pages that open "
                        "from DIR/index.html; needs the extra docs")
    add_overwrite(parser)


def run(options):
    """Run each script in this process and print the closing table.

    The exit status is 1 if a claim of the prose does not hold in this run.
    """
    scripts = find_lectures(options.names)
    if options.notebooks:
        refuse_what_runs(options)
        return print_notebooks(scripts, options)
    refuse_data_without_use(scripts, options)
    if options.html:
        return write_pages(scripts, options)
    scripts = with_kernels(scripts, named=options.names)
    options.out = options.out or OUT
    if not options.overwrite:
        refuse_to_replace([script.stem[:2] for script in scripts], options.out)
    check_folder(options.out)
    refuse_what_is_read(options.out / f"{scripts[0].stem}.png", options)
    return run_lectures(scripts, options, options.out, run_script)[0]


def run_lectures(scripts, options, out, run_one, kept=True):
    """Run scripts in order and print the closing table; the status, and what they gave.

    run_one : from a path to what it gives, and the script's `Lecture`
    kept : whether `out` stays; of files that do not the names are printed
    """
    arguments = [*arguments_of(options), "--out", str(out)]
    if options.quick:
        arguments.append("--quick")
    if options.overwrite:
        arguments.append("--overwrite")
    start, lectures, seconds, given = time.perf_counter(), {}, {}, []
    for i, script in enumerate(scripts, 1):
        print(f"\n[{i}/{len(scripts)}] {script.stem}", flush=True)
        with (script_arguments(script, arguments), stopped_by(options.met),
              doing(f"lecture {script.stem}")):
            what, lecture = run_one(script)
        given.append((what, lecture))
        lectures[script.stem], seconds[script.stem] = lecture, lecture.seconds
    print(f"\n{closing_table(lectures, seconds, kept)}")
    for lecture in lectures.values():
        for name, table in lecture.tables.items():
            where = f" ({out / name}.md)" if kept else ""
            print(f"{name}{where}\n{table}\n")
    print(f"{len(scripts)} lectures in {time.perf_counter() - start:.0f} s")
    return report_claims(lectures), given


def run_script(script):
    """Run a script as `python script` does; its names, and its `Lecture`."""
    names = runpy.run_path(str(script), run_name="__main__")
    return names, names["lecture"]


def write_pages(scripts, options):
    """Run all lectures, and write what they say and show as pages."""
    check_site(options)
    with_kernels(scripts, named=True)
    options.html.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as figures:
        status, ran = run_lectures(scripts, options, Path(figures), run_cells,
                                   kept=False)
        build_site(scripts, ran, options.html)
    print(f"pages: {options.html / 'index.html'}")
    return status


def check_site(options):
    """Raise for what stands in the way of pages, before any lecture runs."""
    if options.names or options.out:
        typed = options.names or ["--out", str(options.out)]
        raise ValueError(f"{shlex.join(typed)} means nothing with --html: pages are of "
                         "all lectures, with their figures")
    if options.html.exists() and not options.html.is_dir():
        raise NotADirectoryError(f"--html {options.html} is a file")
    check_folder(options.html, "--html")
    if options.html.exists() and any(options.html.iterdir()):
        if not (options.html / MADE).is_file():
            raise FileExistsError(f"--html {options.html} is a folder with other files")
        if not options.overwrite:
            raise FileExistsError(f"{options.html} has pages already: --overwrite "
                                  "replaces them, --html puts them elsewhere")
    check_generator()


def refuse_what_runs(options):
    """Raise ValueError for an option of a run where nothing is run."""
    typed = arguments_of(options)
    typed = typed[2:] if options.data == DEFAULT else typed
    if options.quick:
        typed.append("--quick")
    if options.out is not None:
        typed += ["--out", str(options.out)]
    if options.html is not None:
        typed += ["--html", str(options.html)]
    if typed:
        raise ValueError(f"{shlex.join(typed)} means nothing with --notebooks, which "
                         "runs no lecture")


def refuse_data_without_use(scripts, options):
    """Raise ValueError for data that none of these lectures looks at."""
    typed = arguments_of(options)
    if typed != ["--data", DEFAULT] and not any(
        "lecture.digits(" in script.read_text(encoding="utf-8") for script in scripts
    ):
        names = ", ".join(script.stem for script in scripts)
        raise ValueError(f"{shlex.join(typed)} means nothing to {names}: no images are "
                         "looked at there")


def with_kernels(scripts, named):
    """The scripts less those about the compiled kernels, where there are none.

    Raises OSError where these were asked for: named.
    """
    about = [script for script in scripts
             if "lecture.needs_kernels(" in script.read_text(encoding="utf-8")]
    try:
        for script in about:
            check_kernels(script.stem)
        return scripts
    except OSError as error:
        if named:
            raise
        tell(f"left out: {error}")
        return [script for script in scripts if script not in about]


def print_notebooks(scripts, options):
    """Write the scripts as notebooks and print where they are."""
    for script in scripts:
        check_output(options.notebooks / f"{script.stem}.ipynb", options.overwrite,
                     "--notebooks")
    print(*write_notebooks(scripts, options.notebooks), sep="\n")


def find_lectures(names):
    """Paths of the scripts whose name starts with one of names, in order; 1 is 01."""
    names = [name.zfill(2) if name.isdecimal() else name for name in names]
    scripts = sorted(LECTURES.glob("[0-9][0-9]_*.py"))
    if not scripts:
        raise OSError(f"no lecture scripts in {LECTURES}: this installation is not "
                      "complete; install scratchae again")
    for name in names:
        if not name or not any(script.stem.startswith(name) for script in scripts):
            known = [script.stem for script in scripts]
            hint = did_you_mean(name, known)
            raise ValueError(
                f"no lecture {name!r}; expected one of {', '.join(known)}.{hint}"
            )
    starts = tuple(names) or ("",)
    return [script for script in scripts if script.stem.startswith(starts)]


@contextlib.contextmanager
def stopped_by(signals):
    """Let a lecture stop where it reports next, once a signal has cut a training short.

    `fit` keeps its last epoch then and returns, and what follows would be figures of a
    model that is not trained.
    """
    Lecture.stopped_by = signals
    try:
        yield
    finally:
        Lecture.stopped_by = None


@contextlib.contextmanager
def script_arguments(script, arguments):
    """Give a script its own command line while it runs."""
    before = sys.argv
    sys.argv = [str(script), *arguments]
    try:
        yield
    finally:
        sys.argv = before


def report_claims(lectures):
    """Say how many claims of the prose hold, and which do not; 1 if any does not."""
    claims = [(name, *claim) for name, lecture in lectures.items()
              for claim in lecture.claims.items()]
    failed = [(name, claim) for name, claim, held in claims if not held]
    print(f"{len(claims) - len(failed)} of {len(claims)} claims of the prose hold")
    for name, claim in failed:
        print(f"DOES NOT HOLD in {name}: {claim}")
    return 1 if failed else 0


def closing_table(lectures, seconds, kept=True):
    """Lecture, seconds, key numbers and figures, one lecture after the other."""
    lines = [f"{'lecture':<28} {'seconds':>7}  key numbers and figures"]
    for name, lecture in lectures.items():
        told = [f"{key}: {value}" for key, value in lecture.numbers.items()]
        told += [str(path if kept else path.name) for path in lecture.figures]
        first, *others = told or [""]
        lines.append(f"{name:<28} {seconds[name]:>7.1f}  {first}")
        lines += [f"{'':<36}  {other}" for other in others]
    return "\n".join(lines) + "\n"
