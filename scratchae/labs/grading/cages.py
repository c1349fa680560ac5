"""The processes of submissions, as the grader sees them: started, ended, all stopped.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from scratchae.labs import child
from scratchae.labs.runner import Child

CONFINED = str(Path(__file__).with_name("confined.py"))
NURSERY = str(Path(__file__).with_name("nursery.py"))
PATIENCE = 15.0  # seconds for a process to end what is below it


class Stopped(Exception):
    """Grading is being ended: no process is started any more."""


class Caged(Child):
    """A Child that is confined, with nothing left of it when it has ended."""

    def end(self):
        """Have it kill all that is below it, then end."""
        self.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(PATIENCE)
        super().end()


class Nursery(subprocess.Popen):
    """The process that forks confined ones (nursery.py)."""

    def __init__(self, without, modules, env):
        self.line, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            super().__init__(
                [sys.executable, NURSERY, child.__file__, str(os.getpid()), without,
                 ",".join(modules)], stdin=there, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True, env=env)

    def fork(self, order, files):
        """The number of a new process, which is given these files."""
        socket.send_fds(self.line, [json.dumps(order).encode()], files)
        number = self.line.recv(32)
        if not number:
            raise ChildProcessError("the process that starts others has ended")
        return int(number)

    def end(self):
        """It ends when nobody can send an order any more."""
        self.line.close()
        self.wait()


class Forked:
    """A confined process that a Nursery has forked, with what is used of Popen."""

    def __init__(self, nursery, order, cwd, env, stdin, stdout, stderr):
        self.returncode, self.lock = None, threading.Lock()
        self.said, there = socket.socketpair()
        out, into = os.pipe()
        self.stdout, self.stdin = open(out, "rb"), None
        if stdin == subprocess.PIPE:
            given, gives = os.pipe()
            self.stdin = open(gives, "wb")
        else:
            given = os.open(os.devnull, os.O_RDONLY)
        try:
            self.pid = nursery.fork(
                {"order": str(order), "cwd": str(cwd), "env": env},
                [given, into, into, there.fileno()])
        finally:
            there.close()
            os.close(given)
            os.close(into)

    def poll(self):
        """How it has ended, None as long as it has not."""
        with self.lock:
            if self.returncode is None:
                if select.select([self.said], [], [], 0)[0]:
                    code = self.said.recv(32)  # nothing, if it was killed itself
                    self.returncode = int(code or -signal.SIGKILL)
            return self.returncode

    def send_signal(self, number):
        """Tell it a signal; its number is its own until `end` has closed `said`."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def end(self):
        """Have it kill all that is below it, then end."""
        for number, seconds in (signal.SIGTERM, PATIENCE), (signal.SIGKILL, None):
            self.send_signal(number)
            if self.poll() is None:
                select.select([self.said], [], [], seconds)
        self.poll()
        self.said.close()


class Cages:
    """Starts confined processes, from several threads, until it is stopped.

    without : layers that are left out, with commas
    modules : that submissions are known to import
    """

    def __init__(self, without="", modules=()):
        self.script = (CONFINED, child.__file__, str(os.getpid()), without)
        self.without, self.modules, self.nursery = without, modules, None
        self.lock, self.living, self.stopped = threading.Lock(), [], False

    def __call__(self, order, **how):
        """A new process, as `check` wants it."""
        with self.lock:
            if self.stopped:
                raise Stopped
            self.living = [other for other in self.living if other.poll() is None]
            process = self.start(order, how)
            self.living.append(process)
            return process

    def start(self, order, how):
        """A process of the kind that this system can have."""
        if not hasattr(os, "fork"):  # Windows
            return Child(order, **how)
        if sys.platform != "linux":
            return Caged(order, self.script, **how)
        if self.nursery is None or self.nursery.poll() is not None:
            self.nursery = Nursery(self.without, self.modules, how["env"])
        return Forked(self.nursery, order, **how)

    def stop(self):
        """End what runs; whoever waits for it gets Stopped when it starts the next."""
        with self.lock:
            self.stopped = True
        for process in self.living:
            process.end()
        if self.nursery is not None:
            self.nursery.end()


def missing_layers():
    """Names of the layers that this system does not have."""
    found = subprocess.run([sys.executable, CONFINED], capture_output=True, text=True)
    try:
        layers = json.loads(found.stdout)
    except ValueError:
        return ["all: " + found.stderr.strip()[-200:]]
    return [name for name, held in layers.items() if not held]
