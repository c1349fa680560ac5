"""Look after a student's process: how far it is, what it prints, when it must end."""

import contextlib
import os
import signal
import time

BYTES = 16 * 2**20  # of one file of results
PRINTED = 4000  # characters of what a file prints that are kept
START = 20.0  # seconds for Python and NumPy to be there, disk cold
IMPORT = 10.0  # seconds more for what the file imports, such as Numba
ANSWER = 2.0  # seconds for a process that hangs to say where
TICK = 0.01
MOST = 100, 4 * BYTES  # files that a process may leave, and bytes of all of them


def ended(why, returncode, seconds):
    """In words, how a process ended that left parts without an answer."""
    if why == "loops":
        return f"not done after {seconds:g} s: an endless loop?"
    if why == "writes":
        return "writes more files than it may"
    by = ""
    if returncode < 0:
        names = {number.value: number.name for number in signal.Signals}
        by = f" by {names.get(-returncode, f'signal {-returncode}')}"
    return f"the process was ended{by} before it had an answer"


def read(stream, printed):
    """Keep the first few kilobytes, and go on to the end, so that nobody waits."""
    room = PRINTED
    with contextlib.suppress(OSError, ValueError), contextlib.closing(stream):
        while block := stream.read1(65536):
            printed.append(block[:room])
            room -= len(block[:room])


def watch(process, work, seconds, total):
    """Wait for the child; "loops" or "writes" if it did more of that than it may."""
    done, deadline = 0, time.monotonic() + START
    latest = deadline + IMPORT + (total + 1) * seconds  # whatever it says it has done
    while process.poll() is None:
        now, files, size = left(work / "out")
        if files > MOST[0] or size > MOST[1]:
            return "writes"
        if now != done:
            done, deadline = now, time.monotonic() + seconds
            deadline += IMPORT if done == 1 else 0  # it has started
        if time.monotonic() > min(deadline, latest):
            ask(process, work / "loop.txt")
            return "loops"
        time.sleep(TICK)
    return ""


def ask(process, answer):
    """Have the child write down where it is, and wait until it has."""
    if not hasattr(signal, "SIGUSR1"):
        return
    process.send_signal(signal.SIGUSR1)
    size, latest = 0, time.monotonic() + ANSWER
    while time.monotonic() < latest and process.poll() is None:
        time.sleep(5 * TICK)
        before, size = size, answer.stat().st_size if answer.exists() else 0
        if size and size == before:
            return


def left(folder):
    """How many outcomes, files and bytes are in a folder, if it is there still."""
    done = files = size = 0
    for place, folders, names in os.walk(folder):
        files += len(folders) + len(names)
        if files > MOST[0]:
            break
        for name in names:
            done += place == str(folder) and name.endswith(".json")
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return done, files, size
