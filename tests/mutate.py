"""Random changes of the code, one at a time, each shown to the tests of its room.

    python tests/mutate.py formulas nn --changes 30 --seed 1 --also own networks

An operator, a comparison or a constant is another one, two arguments are exchanged, an
argument or a statement is left out. A copy of the tree is changed, never the tree. A
change is killed if `pytest -x -q tests/ROOM` fails there, or never ends. Those that
pass are shown to the folders that follow --also: `own` and the rooms above hold a room,
too. What survived is printed as diffs, for somebody to judge: some change nothing that
matters.
"""

import argparse
import ast
import contextlib
import copy
import difflib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

TREE = Path(__file__).resolve().parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "figures", "runs")
SLOWER, MORE = 10, 60  # so many times the seconds without a change, and more: it hangs
PASSED, FAILED = 0, (1, 2)  # pytest's exit status; 2 where a file cannot be imported

OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}
COMPARISONS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}
STATEMENTS = (ast.Expr, ast.Assign, ast.AugAssign, ast.If, ast.Raise)


class Change(NamedTuple):
    """Bytes `start` to `end` of a file of a room become another text."""

    room: str
    path: Path
    kind: str
    line: int
    start: int
    end: int
    text: str


def other(node, **parts):
    """The text of a copy of a node that has these parts."""
    node = copy.copy(node)
    for name, part in parts.items():
        setattr(node, name, part)
    return ast.unparse(node)


def operators(node):
    """Another operator; a sign or a `not` is left out."""
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)):
        if type(node.op) in OPERATORS:
            text = other(node, op=OPERATORS[type(node.op)]())
            yield text if isinstance(node, ast.AugAssign) else f"({text})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        yield f"({ast.unparse(node.operand)})"


def comparisons(node):
    """Whether equal counts is turned round, and `is`, `in` and `==`."""
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            ops = [*node.ops[:i], COMPARISONS[type(op)](), *node.ops[i + 1:]]
            yield other(node, ops=ops)


def constants(node):
    """One more, twice as much, or the opposite; texts stay."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield str(not node.value)
        elif isinstance(node.value, int):
            yield str(node.value + 1)
        elif isinstance(node.value, float):
            yield repr(2 * node.value or 1.0)


def exchanged(node):
    """Two arguments that stand side by side change their places."""
    if isinstance(node, ast.Call):
        for i in range(len(node.args) - 1):
            here, there = node.args[i : i + 2]
            yield other(node, args=[*node.args[:i], there, here, *node.args[i + 2:]])


def left_out(node):
    """An argument that has a name, or the last of several that have none."""
    if isinstance(node, ast.Call):
        for i in range(len(node.keywords)):
            yield other(node, keywords=node.keywords[:i] + node.keywords[i + 1:])
        if len(node.args) > 1:
            yield other(node, args=node.args[:-1])


def statements(node):
    """A statement is left out, unless it is a docstring, or gives names their first
    values: that a name has none is noticed by Python."""
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    names = isinstance(node, ast.Assign) and all(
        isinstance(target, (ast.Name, ast.Tuple)) for target in node.targets)
    if isinstance(node, STATEMENTS) and not text and not names:
        yield "pass"


KINDS = {"operator": operators, "comparison": comparisons, "constant": constants,
         "exchanged": exchanged, "argument": left_out, "statement": statements}


def nodes(node):
    """A node and all below it, but for texts with values in braces: of what is inside
    these Python before 3.12 does not know the place."""
    if not isinstance(node, ast.JoinedStr):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from nodes(child)


def changes_of(room, path):
    """All changes of a file that the kinds know."""
    source = path.read_bytes()
    begins = [0]
    for line in source.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    for node in nodes(ast.parse(source)):
        for kind, make in KINDS.items():
            for text in make(node):
                yield Change(room, path, kind, node.lineno,
                             begins[node.lineno - 1] + node.col_offset,
                             begins[node.end_lineno - 1] + node.end_col_offset, text)


def changed(change):
    """The file with the change; None where it means the same, as f(a, a) does."""
    source = change.path.read_bytes()
    new = source[: change.start] + change.text.encode() + source[change.end :]
    return new if ast.dump(ast.parse(new)) != ast.dump(ast.parse(source)) else None


def drawn(tree, rooms, number, seed):
    """So many changes of these rooms, each as likely as any other."""
    known = []
    for room in rooms:
        where = tree / "scratchae" / room
        files = sorted(where.rglob("*.py")) or [where.with_suffix(".py")]
        known += [change for path in files for change in changes_of(room, path)]
    random.Random(seed).shuffle(known)
    fit = (change for change in known if changed(change) is not None)
    return [change for change, _ in zip(fit, range(number), strict=False)]


def passes(tree, room, limit=None):
    """Whether the tests of a room pass; False for more than `limit` seconds, too.

    A file that was changed within a second has a stale .pyc: none are written.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider",
         f"tests/{room}"], cwd=tree, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1",
                          "NUMBA_CACHE_DIR": str(tree / "compiled")})
    try:
        said, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return False
    finally:  # with all that it has started
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.returncode not in (PASSED, *FAILED):
        raise SystemExit(f"no tests of {room} could be run:\n{said}")
    return process.returncode == PASSED


def killer(tree, change, rooms, limit):
    """The first of these folders whose tests fail with a change, None if all pass; the
    copy is as before then."""
    source = change.path.read_bytes()
    change.path.write_bytes(changed(change))
    try:
        failing = (room for room in rooms if not passes(tree, room, limit[room]))
        return next(failing, None)
    finally:
        change.path.write_bytes(source)


def diff(tree, change):
    """The lines that a change makes others."""
    name = str(change.path.relative_to(tree))
    texts = (source.decode().splitlines(keepends=True)
             for source in (change.path.read_bytes(), changed(change)))
    return "".join(difflib.unified_diff(*texts, name, name, n=2))


def limits(tree, rooms):
    """Seconds after which the tests of a room hang; they must pass without a change."""
    found = {}
    for room in rooms:
        start = time.perf_counter()
        if not passes(tree, room):
            raise SystemExit(f"the tests of {room} fail without any change")
        found[room] = SLOWER * (time.perf_counter() - start) + MORE
    return found


def summary(killers):
    """A line for each room, and one for all.  killers : {change: a folder, or None}"""
    for room in dict.fromkeys(change.room for change in killers):
        of = [by for change, by in killers.items() if change.room == room]
        yield (f"{room}: {sum(by is not None for by in of)} of {len(of)} killed, "
               f"{of.count(room)} by its own tests")
    killed = sum(by is not None for by in killers.values())
    yield f"killed {killed} of {len(killers)} drawn ({killed / len(killers):.0%})"


def main(arguments=None):
    """Draw, show to the tests, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="+", help="folders of scratchae/ and tests/")
    parser.add_argument("--also", nargs="+", default=[], help="more folders of tests/")
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tree", type=Path, default=TREE, help="what is copied")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(shutil.copytree(options.tree, Path(folder, "tree"),
                                    ignore=LEFT_OUT))
        changes = drawn(tree, options.rooms, options.changes, options.seed)
        limit = limits(tree, [*dict.fromkeys(options.rooms + options.also)])
        killers = {}
        for i, change in enumerate(changes, 1):
            rooms = dict.fromkeys([change.room, *options.also])
            killers[change] = by = killer(tree, change, rooms, limit)
            where = f"{change.path.relative_to(tree)}:{change.line} {change.kind}"
            verdict = f"killed by {by}" if by else "SURVIVED"
            print(f"{i}/{len(changes)} {where}: {verdict}", flush=True)
        print(*summary(killers), sep="\n")
        for change in (change for change, by in killers.items() if not by):
            print(f"\n{diff(tree, change)}", end="")


if __name__ == "__main__":
    main()
