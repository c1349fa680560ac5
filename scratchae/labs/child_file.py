"""The student's file as a module, and where it, or a function of it, fails.

It runs beside child.py, in the process of the student's file.
"""

import bisect
import contextlib
import io
import itertools
import os
import re
import sys
import tokenize
import traceback
import types


def imported(path, cells=()):
    """The student's file as a module, and [how its import failed].

    cells : of a notebook, the lines at which they begin; one that fails costs what is
        in it. Of a script that fails no module is left.
    """
    module, failures = types.ModuleType("lab file"), []  # no helper has such a name
    module.__file__ = path
    sys.modules[module.__name__] = module
    sys.path.insert(0, os.path.dirname(path))
    if cells:
        vars(module).update(display=Nothing(), get_ipython=Nothing())
    with open(path, "rb") as file:
        data = file.read()
    lines = data.split(b"\n")
    for first, end in itertools.pairwise([*(cells or [1]), len(lines) + 1]):
        try:
            text = b"\n" * (first - 1) + b"\n".join(lines[first - 1 : end - 1])
            exec(compile(text, path, "exec", dont_inherit=True), vars(module))
        except BaseException as error:
            failure = failed(error, path) | {"case": None}  # nothing was given
            if not cells:
                if isinstance(error, SyntaxError | ValueError):
                    failure |= not_in_utf8(data)
                return None, [failure]
            failures.append(failure | {"cell": text.decode(errors="replace")})
            print(f"{place_in(cells, failure)}: {failure['text']}; the rest of "
                  "it is left out")
    return module, failures


def not_in_utf8(data):
    """Text and line of what keeps the bytes of a file from being text, {} if nothing.
    """
    coding, at, what = "utf-8", data.find(0), "bytes as UTF-16 has them"
    with contextlib.suppress(SyntaxError):
        coding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if at < 0:
        try:
            data.decode(coding)
            return {}
        except UnicodeDecodeError as error:
            at = error.start
            what = f"a byte that is not UTF-8, {data[at]:#04x}"
    return {"text": f"{what}: save the file as UTF-8", "where": "",
            "line": data.count(b"\n", 0, at) + 1}


class Nothing:
    """What Jupyter gives to a notebook: whatever is asked of it, it does nothing."""

    def __call__(self, *given, **named):
        return self

    def __getattr__(self, name):
        return self


def place_in(cells, failure):
    """Cell and line of a notebook's failure, in words."""
    number = bisect.bisect(cells, failure["line"])
    if not number:
        return "a code cell"
    return f"code cell {number}, line {failure['line'] - cells[number - 1] + 1}"


def blamed(outcome, failures, name, cells):
    """The outcome of a part, or, where that explains it, of a cell that failed."""
    if not failures or outcome["status"] == "returned":
        return outcome
    if outcome.get("missing"):
        of_it = [f for f in failures if re.search(rf"\b{name}\b", f["cell"])]
        failure = dict((of_it or failures)[0])
        del failure["cell"]
        return failure
    if outcome["status"] != "error":
        return outcome
    first = failures[0]
    text = f"{outcome['text']}; {place_in(cells, first)} has failed: {first['text']}"
    return outcome | {"text": text}


def failed(error, path, case=0, function=""):
    """An exception as status, text, line and function of the student's file.

    function : that is asked; another that it calls may not be written
    """
    frames = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in frames if frame.filename == path]
    line, where = (frames[-1].lineno, frames[-1].name) if frames else (0, "")
    if isinstance(error, SyntaxError) and error.filename == path:
        line, where = error.lineno or 0, ""
        error.filename = error.lineno = None  # said once, in front
    text, name = str(error)[:500], type(error).__name__.lstrip("_")
    unwritten = isinstance(error, NotImplementedError)
    if unwritten and where in ("", "<module>", function):
        return {"status": "unwritten", "text": text or "not written yet", "line": line}
    text = f"{name}: {text}" if text else name
    if unwritten:
        text = f"calls {where}, which is not written yet"
        line, where = frames[0].lineno, frames[0].name
    return {"status": "error", "text": text, "line": line, "where": where, "case": case}
