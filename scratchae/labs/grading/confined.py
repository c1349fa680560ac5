"""A student's process from which nothing gets out.

`python confined.py CHILD PARENT WITHOUT ORDER` runs child.py's work in a process below
this one, and ends when it has ended and nothing is left below; nursery.py does so for
many orders. What restrains it are layers, each where the system has it (README.md):
namespaces, files (landlock.py), calls (seccomp.py). WITHOUT names some, with commas,
that are left out, for tests. Without arguments it says which layers are here.

Nothing of the library is imported, and NumPy only below.
"""

import contextlib
import ctypes
import importlib
import json
import os
import signal
import sys
import time

import landlock
import seccomp

LAYERS = ("namespaces", "files", "calls")
NEW_IPC, NEW_USER, NEW_PID, NEW_NET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
DEATH_SIGNAL, SUBREAPER, NO_NEW_PRIVILEGES = 1, 36, 38  # of prctl
CAPABILITIES = 0x20080522  # the version of their format
PATIENCE = 10.0  # seconds for all that is left to be killed
libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def main(child, parent, without, order, own=()):
    """Start the process, pass signals on, leave nothing behind; how it has ended.

    own : what is open here and is no business of the process
    """
    below = []
    pass_on(below)
    limit("CORE", 0)
    if libc:
        if "namespaces" not in without:
            separate()
        libc.prctl(SUBREAPER, 1, 0, 0, 0)
        libc.prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        os._exit(1)  # nobody waits for it any more
    process = os.fork()
    if not process:
        for file in own:
            file.close()
        work(child, order, without)
    below.append(process)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    below.clear()
    end_all()
    return code


def end_as(code):
    """End this process as another one has ended."""
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no handler
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(0)


def pass_on(below):
    """Have signals told to the processes in a list; to be ended means at once."""

    def told(number, frame):
        for process in below:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL if number == signal.SIGTERM else number)

    signal.signal(signal.SIGUSR1, told)
    signal.signal(signal.SIGTERM, told)


def separate():
    """Processes, network and shared memory of its own; whether that was allowed."""
    wanted = NEW_PID | NEW_NET | NEW_IPC
    if not libc.unshare(wanted):
        return True
    user, group = os.getuid(), os.getgid()
    if libc.unshare(wanted | NEW_USER):
        return False
    with contextlib.suppress(OSError):  # the same names inside as outside
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"),
                           ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    return True


def work(child, order, without):
    """Give up what a student's function never needs, then do child.py's work."""
    os.setsid()
    if libc:
        libc.prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    for number in (signal.SIGUSR1, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    module = work_of(child)
    sys.path.pop(0)
    with open(order, encoding="utf-8") as file:
        given = json.load(file)
    open(given["loop"], "wb").close()  # no file is made beside it later
    limit("NOFILE", 64)  # one that is removed while it is open is seen by nobody
    if libc:
        restrain(given, child, without)
    module.main(order)


def work_of(child):
    """child.py as a module; it imports NumPy."""
    folder, name = os.path.split(child)
    sys.path.insert(1, folder)
    module = importlib.import_module(os.path.splitext(name)[0])
    sys.path.pop(1)
    return module


def limit(kind, most):
    """One limit of the system, where it has it."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (most, most))


def restrain(given, child, without=""):
    """The layers that a process puts on itself; the names of those that hold."""
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    hidden = os.path.dirname(os.path.dirname(os.path.realpath(child)))
    held = []
    if "files" not in without and landlock.restrict(
        libc, [os.path.dirname(given["loop"]), os.path.dirname(given["student"])],
        [given["folder"], given["loop"]], hidden,
    ):
        held.append("files")
    none = (ctypes.c_uint32 * 6)()
    libc.capset((ctypes.c_uint32 * 2)(CAPABILITIES, 0), none)
    if "calls" not in without and seccomp.refuse(libc):
        held.append("calls")
    return held


def end_all():
    """Kill all that has come down from here, until nothing is left."""
    latest = time.monotonic() + PATIENCE
    while time.monotonic() < latest:
        for number in (signal.SIGSTOP, signal.SIGKILL):  # what is stopped forks no more
            for process in descendants():
                with contextlib.suppress(OSError):
                    os.kill(process, number)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)


def descendants():
    """Numbers of all processes below this one; without /proc none is known."""
    children = {}
    with contextlib.suppress(OSError):
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError, IndexError), open(f"/proc/{name}/stat",
                                                                "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = [os.getpid()]
    for process in found:
        found += children.get(process, [])
    return found[1:]


def layers():
    """{layer: whether it is here}, tried on this process itself."""
    if not libc:
        return dict.fromkeys(LAYERS, False)
    here = os.path.realpath(__file__)
    held = ["namespaces"] if separate() else []
    given = {"loop": here, "student": here, "folder": os.path.dirname(here)}
    held += restrain(given, os.path.dirname(here))
    return {name: name in held for name in LAYERS}


if __name__ == "__main__":
    if sys.argv[1:]:
        end_as(main(*sys.argv[1:]))
    print(json.dumps(layers()))
