"""The layers around a graded submission: that they hold, and the filter of calls."""

import ctypes
import os
import re
import struct
from pathlib import Path

import pytest

from scratchae.labs.grading import missing_layers, seccomp

HEADERS = {  # of Linux: the numbers of system calls, where its headers are installed
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}


@pytest.mark.skipif(not os.path.exists("/proc/sys"), reason="the layers are Linux'")
def test_a_layer_that_the_kernel_has_is_put_on():
    """Else the tests of the layers would be skipped, not fail."""
    has = {"files": ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1,  # Landlock
           "calls": os.path.exists("/proc/sys/kernel/seccomp/actions_avail")}
    assert not {name for name in missing_layers() if has.get(name)}


@pytest.mark.parametrize("machine", HEADERS)
def test_calls_have_the_numbers_that_the_kernels_header_has(machine):
    if not os.path.exists(HEADERS[machine]):
        pytest.skip(f"no {HEADERS[machine]} here")
    text = Path(HEADERS[machine]).read_text(encoding="utf-8")
    defined = dict(re.findall(r"#define __NR_(?:3264_)?(\w+) (\d+)", text))
    _, column = seccomp.MACHINES[machine]
    for name, numbers in (seccomp.REFUSED | seccomp.OWN_ONLY).items():
        if numbers[column] is None:
            assert name not in defined, name
        elif name in defined:
            assert numbers[column] == int(defined[name]), name
        else:  # an old header lacks the newest
            assert numbers[column] > max(map(int, defined.values())), name


def verdict(program, architecture, number, first=0):
    """What the filter says of a call: "allow", or the error number."""
    data = {0: number, 4: architecture, 16: first}
    at = value = 0
    while True:
        code, so, other, k = struct.unpack("HBBI", program[at])
        at += 1
        if code == 0x20:
            value = data[k]
        elif code == 0x06:
            return "allow" if k == 0x7FFF0000 else k & 0xFFFF
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            at += so if holds else other


@pytest.mark.parametrize("machine, read, socket, execve, clone, kill, prlimit", [
    ("x86_64", 0, 41, 59, 56, 62, 302), ("aarch64", 63, 198, 221, 220, 129, 261),
])
def test_the_filter_refuses_calls_by_their_numbers_on_both_processors(
    machine, read, socket, execve, clone, kill, prlimit
):
    architecture, column = seccomp.MACHINES[machine]
    lines = seccomp.program(architecture, column, 7)

    def says(number, first=0):
        return verdict(lines, architecture, number, first)

    assert says(read) == "allow"
    assert says(socket) == says(execve) == says(read + 0x40000000) == 1
    assert says(clone, 17) == 1 and says(clone, 0x3D0F00) == "allow"
    assert says(435) == 38  # clone3: there is none
    assert says(kill, 7) == "allow" and says(kill, 8) == says(kill, 2**32 - 1) == 1
    assert says(prlimit, 0) == says(prlimit, 7) == "allow" and says(prlimit, 8) == 1
    assert verdict(lines, 0x40000003, read) == 1  # by another architecture's door
