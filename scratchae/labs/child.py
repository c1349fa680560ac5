"""What runs in a process of its own: a student's functions, and nothing of the library.

Started as `python child.py ORDER`, with a JSON file that says what is to be run. For
each part it leaves N.json, how it went, and N.npz, the arrays; the comparison, what is
expected, and the clock are elsewhere. This file imports NumPy and no more.
"""

import contextlib
import copy
import dis
import faulthandler
import json
import os
import signal
import sys
import traceback
import types
import warnings
from importlib.util import find_spec

import numpy as np

NUMBERS = "biufc"  # kinds of dtypes
# What a function of arrays never does; each with what is said instead.
FORBIDDEN = {
    "os.fork": "processes", "os.forkpty": "processes", "os.exec": "processes",
    "os.posix_spawn": "processes", "os.spawn": "processes", "os.system": "processes",
    "subprocess.Popen": "processes", "os.kill": "signals", "os.killpg": "signals",
    "socket.__new__": "connections", "socket.connect": "connections",
    "socket.getaddrinfo": "connections",
}
BLAS = {"dot", "matmul", "einsum", "tensordot", "inner", "vdot", "multi_dot"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
PATHS = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink",
         "os.chmod", "os.chown", "os.truncate", "shutil.rmtree", "shutil.move")


def main(order):
    """Run the parts from `first` on; each leaves its files before the next begins."""
    with open(order, encoding="utf-8") as file:
        order = json.load(file)
    inputs = np.load(order["inputs"], allow_pickle=False)
    with open(order["loop"], "w", encoding="utf-8") as loop:
        if hasattr(faulthandler, "register"):  # the parent asks where it is, then kills
            faulthandler.register(signal.SIGUSR1, loop, all_threads=False)
        sys.stdout.reconfigure(line_buffering=True)  # it may be killed at any moment
        limit(order)
        leave(order, "started", {})
        module, failure = imported(order["student"])
        leave(order, "imported", failure or {})
        for number, part in list(enumerate(order["parts"]))[order["first"]:]:
            cases = [arguments_of(inputs, number, i) for i in range(part["cases"])]
            outcome, arrays = failure, {}
            if not failure and part["race"]:
                outcome = raced(order, module, number, *part["race"], cases[0]["B"])
            elif not failure:
                outcome, arrays = answer(module, part, cases, order["student"])
            np.savez(os.path.join(order["folder"], f"{number}.npz"), **arrays)
            leave(order, number, outcome)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(0)  # whatever the file has left running


def leave(order, name, outcome):
    """Write how it went under a temporary name, then rename: it is there or not."""
    path = os.path.join(order["folder"], f"{name}.json")
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(outcome, file)
    os.replace(path + ".part", path)


def limit(order):
    """Memory, files, processes: what the system can refuse; the rest by a hook."""
    with contextlib.suppress(ImportError):  # Windows has no such limits
        import resource

        most = {"AS": order["memory"], "FSIZE": order["bytes"], "CORE": 0, "NPROC": 0}
        for kind, value in most.items():
            with contextlib.suppress(AttributeError, ValueError, OSError):
                number = getattr(resource, f"RLIMIT_{kind}")
                resource.setrlimit(number, (value, value))
    folder = os.path.realpath(order["folder"]) + os.sep

    def hook(event, given):
        if event in FORBIDDEN:
            raise PermissionError(f"a lab makes no {FORBIDDEN[event]}: {event}")
        writes = event == "open" and given[2] is not None and given[2] & WRITING
        if (writes or event in PATHS) and isinstance(given[0], str | bytes):
            path = os.path.realpath(os.fsdecode(given[0]))
            if not (path + os.sep).startswith(folder) and path != os.devnull:
                raise PermissionError(f"a lab writes no files: {path}")
        if event == "import" and given[0].split(".")[0] == "scratchae":
            raise ImportError("a lab is written without the library")

    sys.addaudithook(hook)


def arguments_of(inputs, number, case):
    """{name: array or Python number} of one case, made anew."""
    start = f"{number}.{case}."
    found = {key.removeprefix(start): inputs[key] for key in inputs.files
             if key.startswith(start)}
    return {key: value if value.ndim else value.item() for key, value in found.items()}


def imported(path):
    """The student's file as a module, and None or how its import failed."""
    module = types.ModuleType("lab file")  # no name that a file beside it can have
    module.__file__ = path
    sys.modules[module.__name__] = module
    sys.path.insert(0, os.path.dirname(path))
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, vars(module))
    except BaseException as error:
        return None, failed(error, path) | {"case": None}  # nothing was given
    return module, None


def answer(module, part, cases, path):
    """How the function did, and its arrays as "case.call.name".

    Each input is given twice, as fresh copies: what it prints is shown the first time.
    """
    arrays, changed, noted = {}, set(), []
    function = getattr(module, part["function"], None)
    if not callable(function):
        text = f"there is no function {part['function']}"
        return {"status": "unwritten", "text": text, "line": 0}, {}
    for i, case in enumerate(cases):
        for call in range(2):
            given = copy.deepcopy(case)
            try:
                with silence(i or call), noting(part["asks"], noted):
                    got = named(function(**given), part["names"])
            except BaseException as error:
                outcome = failed(error, path, i, part["function"])
                return outcome | {"calls": called(function, part)}, {}
            if isinstance(got, str):
                return {"status": "fail", "text": got, "line": 0, "case": i}, {}
            changed |= {key for key in given if differs(given[key], case[key])}
            arrays |= {f"{i}.{call}.{name}": value for name, value in got.items()}
    if "compiled" in part["asks"]:
        noted += uncompiled(function, part["given"])
    conduct = {"changed": sorted(changed), "noted": noted[:1],
               "calls": called(function, part)}
    return {"status": "returned", **conduct}, arrays


def raced(order, module, number, name, rows, B):
    """Answer, as often as an A comes in; the clock is where it comes from."""
    question = os.path.join(os.path.dirname(order["inputs"]), f"{number}.question")
    path = os.path.join(order["folder"], f"{number}.answer")
    try:
        function = getattr(module, name)
        leave(order, f"{number}.ready", {})
        while os.read(0, 1):
            A = np.fromfile(question).reshape(rows, len(B))
            np.asarray(function(A, B), dtype=float).tofile(path + ".part")
            os.replace(path + ".part", path)
    except BaseException as error:
        return failed(error, order["student"], 0, name)
    return {"status": "returned"}


@contextlib.contextmanager
def noting(asks, noted):
    """Add to `noted` what NumPy warns of, where silence is asked for."""
    if "quiet" not in asks:
        yield
        return
    loud = np.errstate(divide="warn", over="warn", invalid="warn")  # whatever was set
    with warnings.catch_warnings(record=True) as caught, loud:
        warnings.simplefilter("always")
        yield
    noted += [f"right, but with a warning: {warning.message}" for warning in caught
              if issubclass(warning.category, RuntimeWarning)]


def reached(function):
    """A function and those of its file that it calls, as (it, its code) pairs."""
    todo, seen = [function], set()
    while todo:
        f = todo.pop()
        plain = getattr(f, "py_func", f)  # what Numba has compiled
        code = getattr(plain, "__code__", None)
        if code is None or code in seen:
            continue
        seen.add(code)
        yield f, code
        known = plain.__globals__
        todo += [known[name] for name in code.co_names if name in known]


def uncompiled(function, given):
    """[what is wrong] where a function calls no compiled loop of its file, or BLAS.

    given : names of loops that were handed out, which are not the student's
    """
    if find_spec("numba") is None:  # the file has a stand-in, by which loops run
        return []
    compiled = False
    for f, code in reached(function):
        compiled |= hasattr(f, "py_func") and code.co_name not in given
        known = getattr(f, "py_func", f).__globals__  # a loop may be called dot, too
        own = {name for name in BLAS if any(reached(known.get(name)))}
        if any("MATRIX" in step.opname or step.argrepr in ("@", "@=")
               or step.opname in ("LOAD_ATTR", "LOAD_METHOD") and step.argval in BLAS
               or step.opname == "LOAD_GLOBAL" and step.argval in BLAS - own
               for step in dis.get_instructions(code)):
            return [f"right, but {code.co_name} leaves the product to NumPy: the loop "
                    "is asked for"]
    return [] if compiled else ["right, but no compiled function of yours is called"]


def called(function, part):
    """The other parts' functions that a function calls."""
    names = {name for _, code in reached(function) for name in code.co_names}
    return sorted(names & {*part.get("others", ())} - {part["function"]})


@contextlib.contextmanager
def silence(wanted):
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        out, err = (nowhere, nowhere) if wanted else (sys.stdout, sys.stderr)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield


def named(returned, names):
    """{name: array of its own} of what was returned, or what is wrong with it."""
    wanted = ", ".join(names)
    if returned is None:
        return f"returns nothing; expected {wanted}"
    if type(returned) is dict:
        returned = [returned.get(name) for name in names]
    elif len(names) == 1 and type(returned) is tuple:
        return f"returns a tuple of {len(returned)}; expected one array, {wanted}"
    elif len(names) == 1:
        returned = [returned]
    if type(returned) not in (tuple, list):
        return f"returns one {type(returned).__name__}; expected {wanted}"
    if len(returned) != len(names):
        return (f"returns {len(returned)} values; expected {len(names)}: {wanted}; if "
                "your file asks for others, it is older than this lab")
    found = {}
    for name, value in zip(names, returned, strict=True):
        found[name] = numbers(value)
        if found[name] is None:
            return f"{name} is a {type(value).__name__}; expected an array of numbers"
        if found[name].dtype.kind not in NUMBERS:
            return f"{name} has dtype {found[name].dtype}; expected numbers"
    return found


def numbers(value):
    """A new array, also of a list, which is meant as one; None of anything else."""
    if type(value) is list:
        with contextlib.suppress(ValueError):
            return np.array(value)
        return None
    if type(value) in (np.ndarray, int, float, bool) or isinstance(value, np.generic):
        return np.array(value, order="C", subok=False)
    return None


def differs(value, before):
    """Whether an array that was given has other bytes now."""
    if not isinstance(value, np.ndarray):
        return False
    return value.shape != before.shape or value.tobytes() != before.tobytes()


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


if __name__ == "__main__":
    sys.path.pop(0)  # this file's folder; the student's comes in its place
    main(sys.argv[1])
