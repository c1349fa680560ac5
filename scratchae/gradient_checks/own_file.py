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

"NAME_" may be left out. A forward of one argument needs no example: it gets 5 x 7
random numbers. Noise is drawn in the example, not in forward.
"""

import contextlib
import copy
import dataclasses
import functools
import inspect
import sys
import tokenize
import traceback
import types
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from scratchae.gradcheck import (
    GradientReport,
    GradientRow,
    check_parameters,
    check_settings,
    random_projection,
)
from scratchae.gradcheck.loss import real_array
from scratchae.gradient_checks.arguments import called, in_float64, kind_of
from scratchae.gradient_checks.formulas import Check
from scratchae.gradient_checks.nested import by_argument, flattened, rebuilt
from scratchae.pulse import tell

ENDS = {"forward": "backward", "loss": "gradients"}
SHAPE = (5, 7)  # of the example that a forward of one argument need not bring


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
    """The file may import its neighbours, as when it is run."""
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
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
    """Title -> (kind, first, second or None, example or None), in the file's order."""
    pairs = {}
    for name in functions:
        for kind, second in ENDS.items():
            for end in (kind, second):
                prefix = name.removesuffix(end)
                if prefix != name and (not prefix or prefix.endswith("_")):
                    title = prefix.rstrip("_") or path.stem
                    if pairs.get(title, (kind,))[0] != kind:
                        raise ValueError(f"{path} has both {prefix}forward or backward "
                                         f"and {prefix}loss or gradients; give one of "
                                         "the pairs another NAME")
                    pairs[title] = (kind, prefix, functions.get(prefix + kind),
                                    functions.get(prefix + second),
                                    functions.get(prefix + "example"))
    if not pairs:
        raise ValueError(f"{path} has no pair NAME_forward and NAME_backward, or "
                         "NAME_loss and NAME_gradients; see scratchae gradcheck --help")
    return pairs


def _rows(title, pair, method, seed, settings):
    """The rows of one pair; a slip is named if a second random point names it too."""
    kind, prefix, first, second, example = pair
    for name, function in (kind, first), (ENDS[kind], second):
        if function is None:
            text = f"there is no {prefix}{name}"
            return [GradientRow.failed("", text, method, model=title)]

    def checked(attempts):
        """The report at the first random point that is not a kink."""
        for attempt in attempts:
            rng = np.random.default_rng([seed, attempt])
            check, steady, left = BUILD[kind](prefix, first, second, example, rng)
            report = check_parameters(check.loss, check.point, check.gradients, method,
                                      model=title, **settings)
            if not any(row.kinks for row in report.rows):
                break
        return report.rows, steady, left

    rows, steady, left = checked(range(10))
    if rows and left:
        tell(f"{title}: {ENDS[kind]} gives None for {', '.join(left)}: not checked")
    wrong = [] if rows else ["no gradient was given"]
    if not steady:
        wrong = [f"{ENDS[kind]} gives another gradient when it is called twice"]
    if any(row.slip for row in rows):
        again = {row.name: row for row in checked(range(10, 20))[0]}
        rows = [_agreed(row, again.get(row.name)) for row in rows]
    return rows + [GradientRow.failed("", text, method, model=title) for text in wrong]


def _agreed(row, again):
    """The row without its slip if another point names another one."""
    same = again is not None and row.slip == again.slip
    if same and (row.slip != "factor" or "a sum or a mean" in row.problem):
        return row
    if same and row.problem == again.problem or not row.slip:
        return row
    return dataclasses.replace(row, slip="", problem="")


def _pair_check(prefix, forward, backward, example, rng):
    """The Check of a pair, projected at random, whether backward is steady, and for
    which arrays it gives None."""
    given = _arguments(prefix, forward, example, rng)
    floats = {n: v for n, v in flattened(given, given).items() if kind_of(v) == "f"}
    if not floats:
        raise ValueError(f"{prefix}example: there is no float array among {[*given]}")

    def run(changed):
        returned = called(forward, rebuilt(given, changed))
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise ValueError(f"{prefix}forward must return out, cache")
        return returned

    out, cache = run({})
    if kind_of(out) not in {*"biufc"}:
        raise ValueError(f"{prefix}forward must return an array of numbers as out. "
                         f"Got {out!r:.80}")
    d_out = random_projection(np.shape(out), rng)
    first, second = (by_argument(copy.deepcopy(backward(d_out.copy(), cache)), given,
                                 floats) for _ in range(2))
    point = {name: v for name, v in floats.items()
             if first.get(name, None if type(v) is float else 0) is not None}
    gradients = {name: g for name, g in first.items() if g is not None}
    check = Check(lambda p: np.sum(run(p)[0] * d_out), point, gradients)
    return check, _same(first, second), [n for n in floats if first.get(n, 0) is None]


def _loss_check(prefix, loss, gradients, example, rng):
    """The Check of a loss, whether its gradients are the same when asked twice, and
    no array that is left out."""
    if example is None:
        raise ValueError(f"there is no {prefix}example(rng) of the parameters")
    given = _by_names(_example(example, rng), f"{prefix}example")
    point = {n: real_array(v, n) for n, v in flattened(given, given).items()}

    def arrays():
        return rebuilt(given, copy.deepcopy(point))

    def found():  # after the loss, which may keep what they need
        loss(arrays())
        return _by_names(gradients(arrays()), f"{prefix}gradients")

    first, second = (copy.deepcopy(flattened(found(), given)) for _ in range(2))
    return (Check(lambda p: loss(rebuilt(given, p)), point, first),
            _same(first, second), [])


def _by_names(value, who):
    if not isinstance(value, Mapping):
        raise ValueError(f"{who} must return a dict of arrays")
    return value


def _arguments(prefix, forward, example, rng):
    """Name -> value of the arguments with which forward is called."""
    parameters = inspect.signature(forward).parameters
    if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
        raise ValueError(f"{prefix}forward{inspect.signature(forward)}: expected "
                         "arguments with names")
    if example is None:
        needed = [n for n, p in parameters.items() if p.default is p.empty]
        if len(needed) != 1:
            raise ValueError(f"write {prefix}example(rng), which returns the "
                             f"arguments {', '.join(parameters)}")
        return {needed[0]: rng.normal(size=SHAPE)}
    given = _example(example, rng)
    if isinstance(given, Mapping):  # in the order of the arguments, as gradients are
        return {n: given[n] for n in parameters if n in given} | dict(given)
    given = given if isinstance(given, tuple | list) else (given,)
    if len(given) > len(parameters):
        raise ValueError(f"the example has {len(given)} arguments; forward "
                         f"takes {', '.join(parameters)}")
    return dict(zip(parameters, given, strict=False))


def _example(example, rng):
    if not callable(example):
        return in_float64(copy.deepcopy(example))
    made = example(rng) if inspect.signature(example).parameters else example()
    return in_float64(made)


def _same(first, second):
    """Whether two calls gave the same bits; NaN is what it was, too."""
    def bits(gradients):
        arrays = {name: np.asarray(g) for name, g in gradients.items()}
        return {name: (a.shape, a.dtype == object or a.tobytes())
                for name, a in arrays.items()}

    return bits(first) == bits(second)


BUILD = {"forward": _pair_check, "loss": _loss_check}
