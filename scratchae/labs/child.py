"""What runs in a process of its own: a student's functions, and nothing of the library.

Started as `python child.py ORDER`, with a JSON file that says what is to be run. For
each part it leaves N.json, how it went, and N.npz, the arrays; the comparison, what is
expected, and the clock are elsewhere. This file imports NumPy,
child_calls.py and child_file.py, and no more.
"""

import contextlib
import copy
import faulthandler
import json
import os
import signal
import sys
import warnings

import numpy as np

if __package__:
    from scratchae.labs.child_calls import called, idle, uncompiled
    from scratchae.labs.child_file import blamed, failed, imported
else:  # run alone, with this folder in front
    from child_calls import called, idle, uncompiled
    from child_file import blamed, failed, imported

NUMBERS = "biufc"  # kinds of dtypes
# What a function of arrays never does; each with what is said instead.
FORBIDDEN = {
    "os.fork": "processes", "os.forkpty": "processes", "os.exec": "processes",
    "os.posix_spawn": "processes", "os.spawn": "processes", "os.system": "processes",
    "subprocess.Popen": "processes", "os.kill": "signals", "os.killpg": "signals",
    "socket.__new__": "connections", "socket.connect": "connections",
    "socket.getaddrinfo": "connections",
}
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
        module, failures = imported(order["student"], order["cells"])
        leave(order, "imported", {} if module else failures[0])
        for number in range(order["first"], len(order["parts"])):
            outcome, arrays = outcome_of(order, number, inputs, module, failures)
            np.savez(os.path.join(order["folder"], f"{number}.npz"), **arrays)
            leave(order, number, outcome)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(0)  # whatever the file has left running


def outcome_of(order, number, inputs, module, failures):
    """How a part did, and its arrays; of a file that is no module, why it is none."""
    if module is None:
        return failures[0], {}
    part = order["parts"][number]
    cases = [arguments_of(inputs, number, i) for i in range(part["cases"])]
    if part["race"]:
        return raced(order, module, number, *part["race"], cases[0]["B"]), {}
    outcome, arrays = answer(module, part, cases, order["student"])
    return blamed(outcome, failures, part["function"], order["cells"]), arrays


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
        paths = given if event in PATHS else ()  # one is renamed to another
        if event == "open" and (given[2] or 0) & WRITING:
            paths = given[:1]
        for path in paths:
            if isinstance(path, str | bytes):
                path = os.path.realpath(os.fsdecode(path))
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


def answer(module, part, cases, path):
    """How the function did, and its arrays as "case.call.name".

    Each input is given twice, as fresh copies: what it prints is shown the first time.
    """
    arrays, changed, noted = {}, set(), []
    function = getattr(module, part["function"], None)
    if not callable(function):
        text = f"there is no function {part['function']}"
        return {"status": "unwritten", "text": text, "line": 0, "missing": True}, {}
    calls = called(function, part)
    for i, case in enumerate(cases):
        for call in range(2):
            given = copy.deepcopy(case)
            try:
                with silence(i or call), noting(part["asks"], noted):
                    got = named(function(**given), part["names"])
            except BaseException as error:
                return failed(error, path, i, part["function"]) | {"calls": calls}, {}
            if isinstance(got, str):
                return {"status": "fail", "text": got, "case": i, "calls": calls}, {}
            changed |= {key for key in given if differs(given[key], case[key])}
            arrays |= {f"{i}.{call}.{name}": value for name, value in got.items()}
    if "compiled" in part["asks"]:
        noted += uncompiled(function, part["given"]) or idle(
            function, part["given"], lambda: reply(function, cases[0], part))
    return {"status": "returned", "changed": sorted(changed), "noted": noted[:1],
            "calls": calls}, arrays


def reply(function, case, part):
    """The bytes of a function's answer to a case turned round, None if it has none."""
    turned = {key: np.flip(value).copy() if isinstance(value, np.ndarray) else value
              for key, value in case.items()}
    try:
        with silence(True):
            got = named(function(**turned), part["names"])
        return [(got[name].shape, got[name].tobytes()) for name in part["names"]]
    except BaseException:
        return None


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


@contextlib.contextmanager
def silence(wanted):
    """Show nothing of what is printed, if that is wanted."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        out, err = (nowhere, nowhere) if wanted else (sys.stdout, sys.stderr)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield


def named(returned, names):
    """{name: array of its own} of what was returned, or what is wrong with it."""
    wanted = ", ".join(names)
    if returned is None:
        return f"returns nothing; expected {wanted}"
    if isinstance(returned, dict):
        returned = [returned.get(name) for name in names]
    elif len(names) == 1 and isinstance(returned, tuple):
        return f"returns a tuple of {len(returned)}; expected one array, {wanted}"
    elif len(names) == 1:
        returned = [returned]
    if not isinstance(returned, tuple | list):  # a named tuple is one
        return f"returns one {type(returned).__name__}; expected {wanted}"
    if len(returned) != len(names):
        return (f"returns {len(returned)} values; expected {len(names)}: {wanted}; if "
                "your file asks for others, it is older than this lab")
    found = {}
    for name, value in zip(names, returned, strict=True):
        found[name] = numbers(value)
        if found[name] is None:
            word = type(value).__name__
            return (f"{name} is {'an' if word[0] in 'aeiou' else 'a'} {word}; expected "
                    "an array of numbers")
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


if __name__ == "__main__":
    sys.path.pop(0)  # this file's folder; the student's comes in its place
    main(sys.argv[1])
