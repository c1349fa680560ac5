"""Start confined processes without starting Python, and NumPy, for each of them.

`python nursery.py CHILD PARENT WITHOUT MODULES` imports what children need, once, and
forks a process for each order that comes in by the socket at 0. It never runs a
submission: what is forked confines itself first, as confined.py does when it is started
alone, and is a process of its own in every respect but that its imports are done.
"""

import importlib
import json
import os
import signal
import socket
import sys

import confined

LONGEST = 2**16  # bytes of an order


def serve(child, parent, without, modules):
    """Fork a process for each order, until nobody can send one any more.

    An order : JSON with the arguments of `born`; with it come the files that are to be
    0, 1 and 2, and a socket, by which the process says how its work has ended.
    """
    confined.libc.prctl(confined.DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        os._exit(1)
    confined.work_of(child)
    for name in filter(None, modules.split(",")):
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # none is waited for
    here = os.getpid()
    line = socket.socket(fileno=os.dup(0))
    while True:
        text, files, *_ = socket.recv_fds(line, LONGEST, 4)
        if not text:
            os._exit(0)
        process = os.fork()
        if not process:
            line.close()
            born(files, child, here, without, **json.loads(text))
        for file in files:
            os.close(file)
        line.send(str(process).encode())


def born(files, child, parent, without, order, cwd, env):
    """Be what a new process would be; say how the work has ended, then wait."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for i, file in enumerate(files[:3]):
        os.dup2(file, i)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    with socket.socket(fileno=files[3]) as said:
        code = confined.main(child, parent, without, order, (said,))
        said.send(str(code).encode())
        said.recv(1)  # until the number of this process is needed no more
    os._exit(0)


if __name__ == "__main__":
    serve(*sys.argv[1:])
