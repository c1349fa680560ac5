"""Submissions that try to get out, to cheat or to break the grader.

Each is lab 01, in which `act()` is called by the first function; its answer is wrong,
or none, so that it must not pass. The other functions are right. PLACE stands for a
folder outside of the submission, NEIGHBOUR for another student's file, LIBRARY for the
package, PORT for a port at which somebody listens, PARENT for the grader's process.
"""

from typing import NamedTuple

LAB = '''
import ctypes
import os
import signal
import sys
import threading
import time

import numpy as np

C = ctypes.CDLL(None)


def quietly(function, *arguments):
    try:
        return function(*arguments)
    except BaseException:
        return None


def dense_forward(x, W, b):
    return act(x, W, b)


def dense_backward(dy, x, W):
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def two_layers_backward(dy, x, W1, b1, W2):
    h = x @ W1 + b1
    dh, dW2, db2 = dense_backward(dy, h, W2)
    dx, dW1, db1 = dense_backward(dh, x, W1)
    return dW2, db2, dh, dW1, db1, dx


'''
WRONG = "    return 0 * (x @ W + b)\n"


class Hostile(NamedTuple):
    """What a submission does, and its rows.

    act : body of a function of x, W, b; it ends with a wrong answer
    status, words : of the first part, "not pass" is any other   rest : of the others
    """

    act: str
    status: str = "fail"
    words: str = ""
    rest: str = "pass"

    @property
    def source(self):
        """The file, as bytes."""
        body = "".join(f"    {line}\n" for line in self.act.strip().splitlines())
        return f"{LAB}def act(x, W, b):\n{body}{WRONG}".encode()


FORKS = """
def leave(i):
    C.setsid()
    if C.fork() == 0:
        C.setsid()
        open(f"PLACE/forked{i}", "w").close()
        while True:
            C.fork()
for i in range(20):
    quietly(os.fork)
    if C.fork() == 0:
        leave(i)
    C.syscall(57 if os.uname().machine == "x86_64" else 220, 17, 0, 0, 0, 0)
quietly(os.posix_spawn, "/bin/touch", ["touch", "PLACE/spawned"], {})
C.system(b"touch PLACE/system; sleep 1000 &")
C.execl(b"/bin/touch", b"touch", b"PLACE/executed", None)
"""
SIGNALS = """
for process in (os.getppid(), PARENT, -1, 0):
    quietly(os.kill, process, signal.SIGKILL)
    if process not in (0, os.getpid()):
        C.kill(process, 9)
for process in (os.getppid(), PARENT):
    C.syscall(234, process, process, 9)
    fd = C.syscall(434, process, 0)
    C.syscall(424, fd, 9, None, 0)
    C.prlimit(process, 0, (ctypes.c_ulong * 2)(1, 1), None)
    quietly(open, f"/proc/{process}/mem", "r+b")
"""
SOCKETS = """
import socket
import urllib.request
quietly(urllib.request.urlopen, "http://127.0.0.1:PORT/", None, 1)
quietly(lambda: socket.create_connection(("127.0.0.1", PORT), 1))
fd = C.socket(2, 1, 0)
import struct
to = struct.pack("<H", 2) + struct.pack(">H", PORT) + bytes([127, 0, 0, 1]) + bytes(8)
C.connect(fd, to, 16)
"""
WRITES = """
for path in ("PLACE/written", "NEIGHBOUR", "LIBRARY/labs/child.py", "LIBRARY/out",
             os.path.expanduser("~/../../out"), "/tmp/scratchae-out", "/dev/shm/out"):
    quietly(open, path, "w")
    C.creat(path.encode(), 0o644)
    C.unlink(path.encode())
    C.chmod(path.encode(), 0)
    C.rename(path.encode(), path.encode() + b".moved")
    C.symlink(b"/etc/passwd", path.encode() + b".link")
    C.mkdir(path.encode() + b".folder", 0o755)
    C.truncate(path.encode(), 0)
"""
PATCHES = """
import builtins, json, traceback
same = lambda *a, **k: True
np.array_equal = np.allclose = np.isclose = same
np.random.default_rng = lambda *a: None
json.dump = lambda outcome, file: file.write('{"status": "pass", "points": 99}')
traceback.extract_tb = traceback.print_exc = same
os._exit = sys.exit = time.sleep = same
builtins.isinstance = builtins.callable = same
"""
FAKES = """
for place in {os.environ["HOME"], os.environ["TMPDIR"]}:
    for n in range(3):
        ones = {f"{i}.{k}.{name}": np.ones((5, 3)) for i in range(9) for k in (0, 1)
                for name in ("y", "dx", "dW", "db", "dh", "dW1", "db1", "dW2", "db2")}
        np.savez(f"{place}/{n}.npz", **ones)
        with open(f"{place}/{n}.json", "w") as file:
            file.write('{"status": "returned", "changed": [], "passed": true}')
    with open(f"{place}/results.json", "w") as file:
        file.write('{"score": 100}')
os._exit(0)
"""
FILLS = """
for i in range(10**6):
    with open(f"{os.environ['HOME']}/{i}", "wb") as file:
        file.write(bytes(2**20))
"""
REMOVES = """
import shutil
home = os.environ["HOME"]
for folder in (home, os.path.dirname(__file__), os.getcwd()):
    quietly(shutil.rmtree, folder)
    for name in quietly(os.listdir, folder) or ():
        C.unlink(f"{folder}/{name}".encode())
    C.rmdir(folder.encode())
C.symlink(b"/etc", home.encode())
"""
NESTS = """
os.chdir(os.environ["HOME"])
for i in range(10**6):
    os.mkdir("d")
    os.chdir("d")
"""
EQUAL = """
class Equal(np.ndarray):
    __eq__ = __le__ = __lt__ = lambda self, other: True
    __array_ufunc__ = lambda self, *a, **k: True
return (0 * (x @ W + b)).view(Equal)
"""
THREADS = """
def on():
    while True:
        print("still here")
        time.sleep(0.001)
for daemon in (True, False):
    quietly(threading.Thread(target=on, daemon=daemon).start)
"""
DEAF = """
for number in range(1, 65):
    quietly(signal.signal, number, signal.SIG_IGN)
ctypes.PyDLL(None).sleep(1000)
"""
HOSTILE = {
    "exits": Hostile("os._exit(0)", "error", "ended before it had an answer"),
    "leaves": Hostile("sys.exit(0)", "error", "SystemExit: 0"),
    "loops": Hostile("while True:\n    pass", "error", "an endless loop?"),
    "deaf": Hostile(DEAF, "error", "not done after"),
    "crashes": Hostile("ctypes.string_at(0)", "error", "by SIGSEGV"),
    "recurses": Hostile("return act(x, W, b)", "error", "RecursionError"),
    "forks": Hostile(FORKS),
    "signals": Hostile(SIGNALS),
    "threads": Hostile(THREADS),
    "prints": Hostile("print('\\0\\x1b[2J' * 5_000_000)\n"
                      "C.write(1, bytes(10**6), 10**6)"),
    "asks": Hostile("return float(input()) * x", "error", "EOFError"),
    "memory": Hostile("many = [np.zeros(10**8) for i in range(10**4)]", "error",
                      "MemoryError"),
    "sockets": Hostile(SOCKETS),
    "writes": Hostile(WRITES),
    "fills": Hostile(FILLS, "error", "writes more files than it may"),
    "closes": Hostile("os.closerange(0, 64)", "error", "Bad file", rest="any"),
    "traces": Hostile("sys.settrace(lambda *a: os._exit(0))", "error", "was ended"),
    "occupies": Hostile("os.mkdir(os.environ['HOME'] + '/0.json')", "fail",
                        "no result was written", rest="any"),
    "explains": Hostile("class E(Exception):\n    __str__ = lambda self: os._exit(0)\n"
                        "raise E", "error", "was ended"),
    "nests": Hostile(NESTS, "error", "writes more files than it may"),
    "removes": Hostile(REMOVES, "not pass", rest="any"),
    "patches": Hostile(PATCHES, "not pass", rest="any"),
    "fakes": Hostile(FAKES, "not pass", rest="any"),
    "equal": Hostile(EQUAL, "fail", "y is a Equal"),
    "copies": Hostile("exec(open('NEIGHBOUR').read(), globals())\n"
                      "return dense_forward(x, W, b)", "error", "PermissionError"),
    "reads": Hostile("exec(open('LIBRARY/formulas/dense.py').read(), globals())\n"
                     "return dense_forward(x, W, b)[0]", "error", "PermissionError"),
    "imports": Hostile("import scratchae", "error", "without the library"),
}
# The layers of which one at least must be there, or a submission does what it tries.
NEEDS = {
    "forks": {"calls"}, "signals": {"calls", "namespaces"},
    "sockets": {"calls", "namespaces"}, "writes": {"files"}, "copies": {"files"},
    "reads": {"files"},
}
# Files as they stand, most of them no lab: (name, bytes), status, words
FILES = {
    "bytes": ("01_dense.py", b"x = '\xff\xfe'\n", "error",
              "line 1: a byte that is not UTF-8, 0xff"),
    "nul": ("01_dense.py", b"x = 1\0\n", "error", "line 1: bytes as UTF-16 has them"),
    "huge": ("01_dense.py", b"#" * 2**21, "error", "at most 1 MB"),
    "deep": ("01_dense.ipynb", b"[" * 10**5, "error", "not a notebook"),
    "says": ("01_dense.py", b"def dense_forward(x, W, b):\n"
             b"    raise NotImplementedError('=1+1\\n;@SUM(A1),\\0')\n",
             "not written yet", "'=1+1\\n;'@SUM(A1),\\x00"),
    "ends": ("01_dense.py", b"import os\nos._exit(0)\n", "error", "ended before"),
    "odd,\n\x1b[2Jname": ("01_dense\n=,.py", Hostile("pass").source, "fail", ""),
    "=1+1;@x": ("01_dense.py", Hostile("pass").source, "fail", ""),
}
