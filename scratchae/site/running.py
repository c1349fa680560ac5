"""A lecture script run cell by cell, with what each cell printed and drew."""

import contextlib
import io
import re
import sys
import types
from pathlib import Path
from typing import NamedTuple

from scratchae.notebooks import located_cells

FIGURE = re.compile(r"^figure: (.*)$")


class Ran(NamedTuple):
    """A cell, and its output in order: texts, and the Paths of figures."""

    kind: str  # "markdown" or "code"
    text: str
    output: tuple = ()
    tags: tuple = ()


class _Copy(io.StringIO):
    """What is printed, kept, and shown on the screen as well: of a figure its name.

    Its file is gone once the pages are made.
    """

    def __init__(self, screen):
        super().__init__()
        self.screen = screen

    def write(self, text):
        self.screen.write(FIGURE.sub(lambda f: f"figure: {Path(f[1]).name}", text))
        return super().write(text)

    def flush(self):
        self.screen.flush()


def run_cells(script):
    """Run a script as `python script` would; returns its cells, and its lecture.

    The command line is sys.argv, which the caller sets. Tracebacks and
    `inspect.getsource` see the script with its own lines.
    """
    cells = located_cells(script.read_text(encoding="utf-8"))
    # The title is the docstring, which the script gives to its `Lecture`.
    main = types.ModuleType("__main__", cells[0].text.removeprefix("# "))
    main.__file__ = str(script)
    done = []
    with _as_main(main):
        for cell in cells:
            printed = _Copy(sys.stdout)
            if cell.kind == "code":
                above = "\n" * (cell.line - 1)  # its lines are those of the script
                code = compile(above + cell.text, str(script), "exec")
                with contextlib.redirect_stdout(printed):
                    exec(code, vars(main))
            done.append(Ran(cell.kind, cell.text, _parts(printed.getvalue()),
                            cell.tags))
    return done, main.lecture


@contextlib.contextmanager
def _as_main(module):
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield
    finally:
        sys.modules["__main__"] = before


def _parts(printed):
    """Printed text, cut at lines that name a figure : texts, and Paths of figures."""
    parts, lines = [], []
    for line in printed.splitlines():
        figure = FIGURE.match(line)
        if figure:
            parts += ["\n".join(lines), Path(figure[1])]
            lines = []
        else:
            lines.append(line)
    parts.append("\n".join(lines))
    return tuple(part for part in parts if part)
