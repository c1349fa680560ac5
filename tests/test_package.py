"""The house rules: what imports what, how long things are, what an import costs."""

import ast
import configparser
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts import alternative_texts

import scratchae
from scratchae.cli import course

ROOT = Path(scratchae.__file__).resolve().parent
HOUSE = ROOT.parent
# Each room, from the ground up, and the rooms it may import beside its own.
MAY_IMPORT = {
    "startup": "", "errors": "", "locks": "", "files": "locks", "transaction": "",
    "memory": "", "pulse": "", "interrupts": "", "rows": "pulse", "text_table": "",
    "frames": "errors", "labels": "errors", "constraints": "errors", "parser": "errors",
    "validation": "errors constraints frames rows",
    "conventions": "errors frames labels transaction interrupts",
    "gradcheck": "errors text_table",
    "formulas": "",
    "kernels": "pulse memory files locks interrupts",
    "exact": "formulas",
    "nn": "formulas kernels memory errors interrupts rows",
    "networks": "pulse nn formulas memory rows validation",
    "checkpoints": "nn errors files locks rows interrupts",
    "training": "pulse checkpoints nn formulas errors validation",
    "models": "pulse memory training checkpoints networks nn formulas gradcheck "
              "constraints conventions errors frames labels rows validation",
    "analysis": "pulse nn formulas constraints conventions errors labels validation",
    "data": "pulse memory nn errors files rows validation",
    "plots": "files",
    "notebooks": "files",
    "data_options": "data",
    "course": "data data_options plots nn errors files notebooks parser text_table",
    "gradient_checks": "analysis networks nn exact formulas gradcheck pulse errors",
    "benchmark": "models networks nn kernels pulse errors files",
    "exam": "public data exact formulas nn",
    "explorer": "public networks formulas pulse",
    "museum": "gradient_checks plots analysis models training checkpoints networks nn "
              "exact kernels formulas gradcheck conventions memory validation pulse "
              "files",
    "labs": "public files pulse notebooks data networks exact formulas gradcheck "
            "museum errors text_table",
    "site": "public exam museum notebooks pulse errors files",
    "cli": "public site labs exam museum explorer benchmark gradient_checks course "
           "data_options notebooks plots data analysis nn gradcheck errors files rows "
           "locks checkpoints parser pulse text_table",
}
PUBLIC = {*scratchae.__all__, "__version__"}  # what `from scratchae import` gives

LONG = {  # functions that may have more than 7 parameters, and why
    "__init__": "of an estimator or its network only: a parameter for each option",
    "adam_step": "Adam's formula: theta, grad, m, v, t and its four constants",
    "load_dataset": "a public call: each way of reading a file by keyword",
    "check_data": "X, its name, and what its caller knows of it, by keyword",
    "check_gradient": "f, x, gradient, and options of a public call by keyword",
    "check_parameters": "the same for a dict of tensors",
    "train": "network, data and settings; what else a training needs, by keyword",
}
OF_MODELS = {True: set(), False: {"__init__"}}
FOREIGN = {  # private names of Python and NumPy, and why
    "_getframe": "the only way to warn at the caller's line",
    "_exit": "ends a student's process, whatever it has left running",
    "_at_fork_reinit": "a lock that a child inherits is nobody's to release",
    "_umath_linalg": "the file that is linked with BLAS",
}
PLANTED = "museum/in_"  # an exhibit names the function in which it plants a mistake

FILES = sorted(ROOT.rglob("*.py"))
LECTURES = sorted((HOUSE / "lectures").glob("*.py"))
LABS = sorted((HOUSE / "lectures/labs").glob("*.py"))  # to be filled in
TESTS = sorted((HOUSE / "tests").rglob("*.py"))


def every(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda p: name_of(p))


def name_of(path):
    return str(path.relative_to(ROOT if ROOT in path.parents else HOUSE))


def room_of(path):
    return name_of(path).split("/")[0].removesuffix(".py")


@functools.cache
def nodes_of(path):
    return [*ast.walk(ast.parse(path.read_text()))]


def imports_of(path):
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom):
            yield node.module
            if node.module == "scratchae":
                yield from (f"scratchae.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@every(FILES)
def test_imports_point_down(path):
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    for module in imports_of(path):
        if module.startswith("scratchae."):
            other = module.split(".")[1]
            allowed = {room, *MAY_IMPORT[room].split()}
            below = other in allowed or ("public" in allowed and other in PUBLIC)
            assert below, f"{path.name} imports {module}"


def test_the_table_of_imports_points_down_itself():
    rooms = [*MAY_IMPORT]
    assert {room_of(path) for path in FILES} - {"__init__", "__main__"} == {*rooms}
    for room, below in MAY_IMPORT.items():
        assert {*below.split()} - {"public"} <= {*rooms[: rooms.index(room)]}, room


@every([path for path in FILES if path.name == "__init__.py"])
def test_a_package_gives_no_name_of_one_of_its_files(path):
    """Else `from package import name` is one thing or the other, by what ran first."""
    package = ".".join(path.parent.relative_to(HOUSE).parts)
    given = {alias.asname or alias.name for node in ast.parse(path.read_text()).body
             if isinstance(node, ast.ImportFrom)
             and node.module.startswith(f"{package}.") for alias in node.names}
    files = {other.stem for other in path.parent.glob("*.py")}
    assert not given & files, given & files


@every(FILES)
def test_only_plots_imports_matplotlib(path):
    drawn = any(m.split(".")[0] == "matplotlib" for m in imports_of(path))
    assert not drawn or path.parent.name == "plots"


# Lines of code are those of a body without its docstring that hold more than a
# comment; functions inside a function count with it. `self`, `cls` and Numba's
# `typingctx` are given by the machine and are no parameters. A figure's alternative
# text is prose, as comments are.


def code_lines(text, start, end):
    """How many lines from `start` to `end`, counted from 1, hold code."""
    lines = [line.strip() for line in text.splitlines()[start - 1 : end]]
    return sum(1 for line in lines if line and not line.startswith("#"))


def body_lines(function, text):
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    first = min((node.lineno for node in body), default=function.end_lineno + 1)
    return code_lines(text, first, function.end_lineno)


def parameters(function):
    given, more = function.args, [function.args.vararg, function.args.kwarg]
    listed = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, more)]
    return {p.arg for p in listed} - {"self", "cls", "typingctx"}


def functions_of(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in nodes_of(path) if isinstance(node, kinds)]


@every([*FILES, *LECTURES, *LABS, *TESTS])
def test_files_and_lines_are_short(path):
    text = path.read_text()
    assert max(map(len, text.splitlines()), default=0) <= 88
    assert "# " + "fmt" not in text
    if path in LECTURES:
        start = nodes_of(path)[0].body[0].end_lineno + 1  # behind the docstring
        prose = sum(line.strip().startswith(('"', 'f"'))
                    for alt in alternative_texts(path)
                    for line in text.splitlines()[alt.lineno - 1 : alt.end_lineno])
        assert code_lines(text, start, None) - prose <= 150
    else:
        assert len(text.splitlines()) <= 300


@every([*FILES, *LECTURES, *TESTS])
def test_functions_are_short(path):
    text = path.read_text()
    long = {f.name: n for f in functions_of(path) if (n := body_lines(f, text)) > 25}
    assert not long, "lines of code"
    many = {f.name: n for f in functions_of(path) if (n := len(parameters(f))) > 7}
    allowed = {*LONG} - OF_MODELS[room_of(path) in ("models", "networks")]
    assert not {*many} - allowed, f"parameters: {many}"


def test_every_exception_is_needed():
    many = {f.name for p in FILES for f in functions_of(p) if len(parameters(f)) > 7}
    assert {*LONG} <= many
    assert {*FOREIGN} <= {name for p in FILES for _, name in private_uses(p)}


# Private names


def private_uses(path):
    """(line, name) of each private name that is imported or taken from something."""
    for node in nodes_of(path):
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Attribute):
            names = [node.attr]
        yield from ((node.lineno, name) for name in names if is_private(name))


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name != "_"


def private_definitions(paths):
    """Private names that some file defines: functions, classes, variables, fields."""
    found = set()
    for node in (n for path in paths for n in nodes_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(getattr(node, "ctx", None), ast.Store):
            found.add(getattr(node, "attr", getattr(node, "id", "")))
    return found


@functools.cache
def private_definitions_of(room):
    return private_definitions([path for path in FILES if room_of(path) == room])


@every([*FILES, *LECTURES])
def test_no_private_name_crosses_a_room(path):
    if name_of(path).startswith(PLANTED):
        return
    own = (private_definitions([path]) if path in LECTURES
           else private_definitions_of(room_of(path)))
    foreign = {*FOREIGN}
    uses = [(line, n) for line, n in private_uses(path) if n not in own | foreign]
    assert not uses


def test_a_wheel_carries_every_room_and_the_lectures():
    """The lectures lie beside the package here, and inside it where it is installed."""
    setup = configparser.ConfigParser()
    setup.read(HOUSE / "setup.cfg")
    listed = setup["options"]["packages"].split()
    rooms = [p.parent.relative_to(HOUSE) for p in ROOT.rglob("__init__.py")]
    beside = ["scratchae.lectures", "scratchae.lectures.labs"]
    assert listed == sorted([".".join(p.parts) for p in rooms] + beside)
    mapped = setup["options"]["package_dir"].split()
    assert mapped == ["scratchae.lectures", "=", course.LECTURES.name]
    data = setup["options.package_data"]
    assert data["scratchae.lectures"].split() == ["*.html", "answers/*", "labs/*"]


@every([HOUSE / "README.md", *(page for folder in ("lectures", "tests", "scratchae")
                               for page in sorted((HOUSE / folder).rglob("*.md")))])
def test_every_link_of_a_page_leads_somewhere(path):
    for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_the_readme_is_short():
    assert len((HOUSE / "README.md").read_text().splitlines()) <= 150


def test_import_is_light():
    heavy = ("matplotlib", "pooch", "sklearn", "hypothesis")
    code = f"import sys, scratchae; print([m for m in {heavy} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]", result.stderr


def test_nobody_touches_the_global_random_state():
    for path in FILES:
        text = path.read_text()
        assert "np.random.seed" not in text and "RandomState(" not in text, path


def test_no_test_fails_by_the_clock():
    """A wait ends a test that hangs, after conftest's HANGS and not sooner."""
    for path in TESTS:
        assert not re.search(r"timeout=\d|\.(wait|join)\(\d", path.read_text()), (
            path.name
        )
