"""Gradient checks of a file of one's own, whose functions are found by their names.

A pair, checked in every float array among its arguments (of a dict or a list of
arrays, or a Python float, if backward has a gradient of it):

    def NAME_forward(x, W, ...):        returns out, cache
    def NAME_backward(d_out, cache):    returns the gradients in the order of the
                                        arguments (None where there is none, which is
                                        said), or a dict
    def NAME_example(rng):              returns the arguments, as a dict or a tuple

or a loss, checked in every parameter:

    def NAME_loss(parameters):          returns a number
    def NAME_gradients(parameters):     returns a dict of arrays by the same names
    def NAME_example(rng):              returns the parameters, a dict of arrays

"NAME_" may be left out; what begins with an underscore is a helper. A forward of one
argument needs no example: it gets 5 x 7 random numbers. Noise is drawn in the example,
not in forward.
"""

import contextlib
import dataclasses
import functools
import sys
import tokenize
import traceback
import types
from pathlib import Path

import numpy as np

from scratchae.gradcheck import (
    GradientReport,
    GradientRow,
    check_parameters,
    check_settings,
)
from scratchae.gradient_checks.own_pair import Pair, check_of_pair
from scratchae.pulse import tell

FIRST = {"forward": "forward", "backward": "forward",  # end of a name -> that of the
         "loss": "loss", "gradients": "loss"}          # first function of its pair


def run_file(path, names=None, method="auto", seed=0, **settings):
    """Check the pairs in a Python file and return one GradientReport.

    names : which pairs, default all   settings : tolerance, step of `check_parameters`
    What the file prints goes to stderr. Raises ValueError in one line, with the file's
    line where it has one, for what cannot be run, and OSError for what cannot be read;
    a pair among others that cannot be run is a row that says so.
    """
    check_settings(method, **settings)
    path, rows = Path(path), []
    with contextlib.redirect_stdout(sys.stderr), _found_beside(path), _blamed(path):
        functions = _functions_of(path)
        pairs = _pairs(functions, path)
        unknown = sorted(set(names or ()) - set(pairs))
        if unknown:
            raise ValueError(f"{path} has no pair {unknown}; it has {[*pairs]}")
        chosen = list(names or pairs)
        for name in chosen:
            try:
                with _blamed(path):
                    rows += _rows(name, pairs[name], method, seed, settings)
            except ValueError as error:
                if len(chosen) == 1:
                    raise
                rows.append(GradientRow.failed("", str(error), method, model=name))
    return GradientReport(rows)


@contextlib.contextmanager
def _found_beside(path):
    """The file may import its neighbours, as when it is run; its path is its own."""
    before = [*sys.path]
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield
    finally:
        sys.path[:] = before
        sys.modules.pop(_module_name(path), None)


@contextlib.contextmanager
def _blamed(path):
    """An exception inside the file becomes one line with its place."""
    try:
        yield
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename == str(path)]
        if not own and isinstance(error, TypeError):  # called with other arguments
            raise ValueError(f"{path}: {error}") from error
        if not own:
            raise
        place = f"{path}:{own[-1].lineno}: in {own[-1].name}"
        raise ValueError(f"{place}: {type(error).__name__}: {error}") from error


def _module_name(path):
    return f"own_file_{path.stem}"


def _functions_of(path):
    """The file is run once; name -> what it defined itself."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file")
    try:
        with tokenize.open(path) as file:
            code = compile(file.read(), str(path), "exec")
    except SyntaxError as error:
        place = f"{path}:{error.lineno}" if error.lineno else path
        raise ValueError(f"{place}: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text file") from error
    except ValueError as error:  # Python 3.10 has it for a byte that is 0
        raise ValueError(f"{path}: {error}") from error
    module = types.ModuleType(_module_name(path))
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(code, vars(module))
    return {
        name: value
        for name, value in vars(module).items()
        if name.endswith("example") or _is_own(value, module.__name__)
    }


def _is_own(value, module):
    own = getattr(value, "__module__", None) == module
    return callable(value) and (own or isinstance(value, functools.partial))


def _pairs(functions, path):
    """Title -> Pair, in the file's order."""
    pairs = {}
    for name in functions:
        end = name.rpartition("_")[2]
        if end not in FIRST or name.startswith("_"):
            continue
        prefix = name.removesuffix(end)
        pair = Pair.found(FIRST[end], prefix, functions)
        title = prefix.rstrip("_") or path.stem
        before = pairs.setdefault(title, pair)
        if before.kind != pair.kind:
            raise ValueError(f"{path} has both {prefix}forward or backward and "
                             f"{prefix}loss or gradients; give one of the pairs "
                             "another NAME")
        if before.prefix != prefix:  # NAME is left out, and that of the file is another
            raise ValueError(f"{path} has two pairs {title}, {before.prefix}{pair.kind}"
                             f" and {prefix}{pair.kind}; give one of the pairs another "
                             "NAME")
    if not pairs:
        raise ValueError(f"{path} has no pair NAME_forward and NAME_backward, or "
                         "NAME_loss and NAME_gradients; see scratchae gradcheck --help")
    return pairs


def _rows(title, pair, method, seed, settings):
    """The rows of one pair; a slip is named if a second random point names it too."""
    missing = pair.missing()
    if missing:
        text = f"there is no {missing}"
        return [GradientRow.failed("", text, method, model=title)]

    def checked(attempts):
        """The report at the first random point that is not a kink."""
        for attempt in attempts:
            rng = np.random.default_rng([seed, attempt])
            check, steady, left = check_of_pair(pair, rng)
            report = check_parameters(check.loss, check.point, check.gradients, method,
                                      model=title, **settings)
            if not any(row.kinks for row in report.rows):
                break
        return report.rows, steady, left

    rows, steady, left = checked(range(10))
    if rows and left:
        tell(f"{title}: {pair.end} gives None for {', '.join(left)}: not checked")
    wrong = [] if rows else ["no gradient was given"]
    if not steady:
        wrong = [f"{pair.end} gives another gradient when it is called twice"]
    if any(row.slip for row in rows):
        again = {row.name: row for row in checked(range(10, 20))[0]}
        rows = [_agreed(row, again.get(row.name)) for row in rows]
    return rows + [GradientRow.failed("", text, method, model=title) for text in wrong]


def _agreed(row, again):
    """The row without its slip if another point names another one.

    A factor that is a sum or a mean too many may be another number there.
    """
    if not row.slip:
        return row
    same = again is not None and row.slip == again.slip
    if same and row.slip == "factor" and "a sum or a mean" not in row.problem:
        same = row.problem == again.problem
    return row if same else dataclasses.replace(row, slip="", problem="")
