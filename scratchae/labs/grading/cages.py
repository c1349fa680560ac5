"""The processes of submissions, as the grader sees them: started, ended, all stopped.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from scratchae.labs import child
from scratchae.labs.runner import Child

CONFINED = str(Path(__file__).with_name("confined.py"))
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


class Cages:
    """Starts confined processes, from several threads, until it is stopped.

    without : layers that are left out, with commas
    """

    def __init__(self, without=""):
        self.script = (CONFINED, child.__file__, str(os.getpid()), without)
        self.lock, self.living, self.stopped = threading.Lock(), [], False

    def __call__(self, order, **how):
        """A new process, as `check` wants it."""
        with self.lock:
            if self.stopped:
                raise Stopped
            self.living = [other for other in self.living if other.poll() is None]
            if hasattr(os, "fork"):
                process = Caged(order, self.script, **how)
            else:  # Windows
                process = Child(order, **how)
            self.living.append(process)
            return process

    def stop(self):
        """End what runs; whoever waits for it gets Stopped when it starts the next."""
        with self.lock:
            self.stopped = True
        for process in self.living:
            process.end()


def missing_layers():
    """Names of the layers that this system does not have."""
    found = subprocess.run([sys.executable, CONFINED], capture_output=True, text=True)
    try:
        layers = json.loads(found.stdout)
    except ValueError:
        return ["all: " + found.stderr.strip()[-200:]]
    return [name for name, held in layers.items() if not held]
