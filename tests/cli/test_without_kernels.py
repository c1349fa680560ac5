"""Where Numba cannot be imported, or does not compile: what goes on, and what is said.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HANGS
from equations import LECTURES

import scratchae
from scratchae import museum
from scratchae.benchmark.worker import Worker
from scratchae.cli import course, main
from scratchae.labs import child_calls
from scratchae.models import try_backends
from scratchae.museum import in_kernels
from scratchae.nn import backend

PACKAGE, TESTS = Path(scratchae.__file__).parent, Path(__file__).parents[1]
OF_NUMBA = ("numba", "llvmlite", "scratchae.kernels")
SCRIPT = '''"""Lecture {}: a tiny one."""
from scratchae.course import Lecture
lecture = Lecture(__doc__)
{}
lecture.number("answer", 42)
'''


@pytest.fixture(params=["not there", "not compiling"])
def no_kernels(request, monkeypatch):
    """What is said of them."""
    monkeypatch.setattr(backend, "_modules", {})
    if request.param == "not there":
        monkeypatch.setitem(backend.BACKENDS, "numba", "scratchae.no_such_room")
        return "No module named 'scratchae.no_such_room'"
    kernels = request.getfixturevalue("kernels")
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    assert kernels  # they are there
    return "what chooses NumPy is SCRATCHAE_BACKEND=numpy"


@pytest.mark.parametrize("typed, what", [
    ("bench", "bench"), ("bench --epochs --json", "bench"),
    ("course 13 --quick", "13_kernels"), ("course 12 13", "13_kernels"),
])
def test_what_is_about_kernels_ends_in_one_line(
    typed, what, no_kernels, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(typed.split()) == 2
    out, err = capsys.readouterr()
    assert not out and err.count("\n") == 1 and no_kernels in err
    assert err.startswith(f"scratchae: {what} needs the compiled kernels, which cannot")


@pytest.fixture
def lectures(tmp_path, monkeypatch):
    for number, line in ("01", ""), ("13", "lecture.needs_kernels()"), ("14", ""):
        (tmp_path / f"{number}_tiny.py").write_text(SCRIPT.format(number, line))
    monkeypatch.setattr(course, "LECTURES", tmp_path)
    monkeypatch.chdir(tmp_path)


def test_a_course_leaves_out_the_lecture_about_kernels_and_says_so(
    no_kernels, lectures, capsys
):
    assert main(["course"]) == 0
    out, err = capsys.readouterr()
    assert "2 lectures in" in out and "13_tiny" not in out
    (line,) = [line for line in err.splitlines() if "left out" in line]
    assert line.startswith("left out: 13_tiny needs the compiled kernels")
    assert main(["course", "01", "--overwrite"]) == 0
    assert "left out" not in capsys.readouterr().err


def test_pages_are_of_all_lectures_and_refused_without_one(
    no_kernels, lectures, capsys, monkeypatch
):
    monkeypatch.setattr(course, "check_generator", lambda: None)
    assert main(["course", "--html", "pages"]) == 2
    assert "13_tiny needs the compiled kernels" in capsys.readouterr().err


def test_notebooks_run_nothing_and_are_written(no_kernels, tmp_path, capsys):
    assert main(["course", "13", "--notebooks", str(tmp_path)]) == 0
    assert "13_kernels.ipynb" in capsys.readouterr().out


def test_a_script_about_kernels_that_is_typed_ends_in_words(no_kernels, lectures):
    code = ("import sys; from scratchae.nn import backend; "
            "backend.BACKENDS['numba'] = 'scratchae.no_such_room'; "
            "import runpy; runpy.run_path('13_tiny.py', run_name='__main__')")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          timeout=HANGS)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "Lecture 13 needs the compiled kernels" in done.stderr


def test_numpy_is_not_timed_by_the_name_of_the_kernels(no_kernels):
    with pytest.raises(OSError, match="what is timed needs the compiled kernels"):
        Worker("numba", 1)


@pytest.mark.filterwarnings("ignore:the compiled kernels:RuntimeWarning")
def test_numpy_serves_once_by_its_own_name(no_kernels, rng):
    model = scratchae.Autoencoder(2, (4,), epochs=3, verbose=False, random_state=0)
    x = rng.uniform(size=(40, 5))
    assert try_backends(model, x, x[:2]) == ["numpy"]


def test_the_museum_leaves_its_column_of_kernels_out(monkeypatch, capsys):
    def caught(fault):
        return f"{fault} was noticed"

    monkeypatch.setattr(museum, "CHECKS", {"looks": [lambda: caught("none")]})
    faults = {"sum": museum.registry.Exhibit("a sum", "here", ((caught, "was", "is"),))}
    monkeypatch.setattr(museum, "FAULTS", faults)
    monkeypatch.setattr(in_kernels, "noticed", lambda: None)
    rows = museum.matrix()
    assert rows == {"sum": {"looks": False}}
    assert museum.as_text(rows) == "      looks\na sum   .  "
    assert museum.as_markdown(rows).startswith("| fault | seen in | looks |\n")
    assert "left out: 'kernel = twin'" in capsys.readouterr().err


def test_no_kernels_are_compared_where_numba_cannot_be_imported(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "scratchae.kernels", None)
    in_kernels.main()
    assert json.loads(capsys.readouterr().out) is None


def test_a_lab_asks_for_no_compiled_loop_where_numba_is_broken(tmp_path, monkeypatch):
    """The lab's file has a stand-in then, and her answer is right."""
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs NumPy 1.9')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    child_calls.numba_serves.cache_clear()
    assert child_calls.uncompiled(lambda A, B: A @ B, ()) == []
    child_calls.numba_serves.cache_clear()


def imported(nodes):
    """Names of what these lines of a file import, "from a import b" being a.b, too."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_numba(nodes):
    return any(f"{name}.".startswith(f"{of}.") for name in imported(nodes)
               for of in OF_NUMBA)


def test_the_package_can_be_imported_without_numba():
    """All of it but the kernels."""
    names = sorted(".".join(["scratchae", *path.relative_to(PACKAGE).parts])[:-3]
                   for path in PACKAGE.rglob("*.py") if path.name != "__main__.py")
    names = [name for name in names if not of_numba([ast.Import([ast.alias(name)])])
             and "sources" not in name and ".lectures." not in name]
    code = ("import importlib, sys\nsys.modules['numba'] = None\n"
            f"for name in {names!r}:\n"
            "    try:\n        importlib.import_module(name)\n"
            "    except ImportError as error:\n"
            "        if 'numba' in str(error):\n            print(name, error)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          timeout=HANGS)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize("script", sorted(LECTURES.glob("*.py")), ids=lambda p: p.stem)
def test_a_lecture_asks_for_kernels_before_it_imports_them(script):
    lines = ast.parse(script.read_text()).body
    asked = [i for i, line in enumerate(lines)
             if ast.unparse(line) == "lecture.needs_kernels()"]
    before = lines[: asked[0]] if asked else ast.walk(ast.parse(script.read_text()))
    assert not of_numba(before)


def skips(line):
    """Whether a line of a test file skips it where Numba cannot be imported."""
    return "numba_or_skip()" in ast.unparse(line) or any(
        name.startswith("kernel_tools.") for name in imported([line]))


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda p: p.stem)
def test_a_test_file_can_be_collected_without_numba(path):
    """What it imports of kernels comes behind a skip."""
    for line in ast.parse(path.read_text()).body:
        if skips(line):
            return
        assert not of_numba([line]), ast.unparse(line)
