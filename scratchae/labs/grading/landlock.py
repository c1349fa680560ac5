"""Which files a process may still see: Linux' Landlock, which needs no privileges.

Read: Python and its packages but not this one, the system's libraries, the student's
folder. Written: the folder of the results. From version 4 on TCP is closed as well,
from 6 on signals stay inside.
"""

import contextlib
import os
import struct
import sys
import sysconfig

CREATE, ADD, RESTRICT = 444, 445, 446  # system calls, on every processor
VERSION, BENEATH = 1, 1
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = 2, 4, 8, 1 << 4, 1 << 5
MAKE_DIR, MAKE_FILE, TRUNCATE = 1 << 7, 1 << 8, 1 << 14
OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
# No links, pipes, devices: what is left can be counted and removed.
WRITE = READ | OF_FILES | REMOVE_FILE | REMOVE_DIR | MAKE_FILE | MAKE_DIR
KNOWN = {1: 13, 2: 14, 3: 15, 4: 15}  # version: kinds of access to files; later 16
TCP, OUTSIDE = 3, 3  # bind and connect; sockets and signals of those outside
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share", "/etc/ld.so.cache",
          "/etc/localtime", "/sys/devices/system/cpu", "/proc/cpuinfo",
          "/proc/meminfo", "/dev/urandom", "/dev/random", "/dev/zero")


def restrict(libc, readable, writable, hidden):
    """Close everything but these paths to this process; whether that is known here.

    hidden : a folder that is not to be read although it lies in one of Python's
    """
    version = libc.syscall(CREATE, None, 0, VERSION)
    if version < 1:
        return False
    known = (1 << KNOWN.get(version, 16)) - 1
    handled = [known]  # all that is closed, but for what a rule allows
    if version >= 4:
        handled.append(TCP)
    if version >= 6:
        handled.append(OUTSIDE)
    asked = struct.pack(f"{len(handled)}Q", *handled)
    rules = libc.syscall(CREATE, asked, len(asked), 0)
    if rules < 0:
        return False
    for root in {*SYSTEM, *python_folders(), *readable}:
        for path, access in spread(root, hidden):
            allow(libc, rules, path, access & known)
    for path in (*writable, os.devnull):
        allow(libc, rules, path, WRITE & known)
    held = libc.syscall(RESTRICT, rules, 0) == 0
    os.close(rules)
    return held


def python_folders():
    """Where modules are: the standard library, and what is installed."""
    paths = sysconfig.get_paths()
    folders = {paths["stdlib"], paths["platstdlib"],
               os.path.join(sys.base_prefix, "lib")}
    folders |= {path for path in sys.path
                if path.rstrip(os.sep).endswith(("site-packages", "dist-packages"))}
    if "numpy" in sys.modules:
        folders.add(os.path.dirname(sys.modules["numpy"].__file__))
    return folders


def spread(root, hidden):
    """(path, access) that allow reading a folder, without what is hidden in it."""
    root = os.path.realpath(root)
    if root == hidden:
        return
    if not hidden.startswith(root.rstrip(os.sep) + os.sep):
        yield root, READ
        return
    yield root, READ_DIR
    with contextlib.suppress(OSError):
        for name in os.listdir(root):
            yield from spread(os.path.join(root, name), hidden)


def allow(libc, rules, path, access):
    """Add a rule; a path that is not there needs none."""
    with contextlib.suppress(OSError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        access &= -1 if os.path.isdir(path) else OF_FILES
        libc.syscall(ADD, rules, BENEATH, struct.pack("=Qi", access, place), 0)
        os.close(place)
