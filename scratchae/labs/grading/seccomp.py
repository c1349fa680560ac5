"""Which system calls a process may still make: a filter in Linux' kernel.

What arrays never need is refused with "not permitted": connections, new processes,
other programs, signals to others, a look into others, what outlives a process.
Threads are allowed. The filter holds for code that goes round Python as well.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# machine: its number for the kernel, and the place of its numbers in the table
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
REFUSED = {  # (x86-64, aarch64); None where there is no such call
    # connections
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203),
    "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "io_uring_setup": (425, 425),
    # processes and programs; clone is looked at more closely
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221),
    "execveat": (322, 281), "unshare": (272, 97), "setns": (308, 268),
    # other processes
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "kcmp": (312, 272), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    # what outlives a process, or is in no limit
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "memfd_create": (319, 279), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218),
    # what belongs to files, which Landlock does not look at
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53),
    "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    # the system
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "chroot": (161, 51), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "syslog": (103, 116),
    "reboot": (169, 142), "kexec_load": (246, 104), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "swapon": (167, 224),
    "swapoff": (168, 225), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "sethostname": (170, 161), "setdomainname": (171, 162), "acct": (163, 89),
    "quotactl": (179, 60), "personality": (135, 92),
}
CLONE, CLONE3 = (56, 220), (435, 435)
OWN_ONLY = {"kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261)}
THREAD = 0x00010000  # the flag of clone that makes a thread and no process
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets of what is looked at
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # the second with an error number
OTHER_ABI = 0x40000000  # x86-64's calls by 32-bit numbers
SET_FILTER, BY_PROGRAM = 22, 2


def refuse(libc):
    """Put the filter on this process; whether that is possible here."""
    machine = platform.machine()
    if machine not in MACHINES or sys.maxsize < 2**32:  # a 32-bit Python
        return False
    lines = program(*MACHINES[machine], os.getpid())
    code = ctypes.create_string_buffer(b"".join(lines))
    given = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(code))
    return libc.prctl(SET_FILTER, BY_PROGRAM, given, 0, 0) == 0


def program(architecture, column, own):
    """The filter's instructions, for the process of this number."""
    refused, allowed = line(RETURN, REFUSE | errno.EPERM), line(RETURN, ALLOW)
    lines = [line(LOAD, ARCHITECTURE), line(EQUAL, architecture, 1, 0), refused,
             line(LOAD, NUMBER), line(AT_LEAST, OTHER_ABI, 0, 1), refused]
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            lines += [line(EQUAL, numbers[column], 0, 1), refused]
    # The C library makes a thread by clone where there is no clone3.
    lines += [line(EQUAL, CLONE3[column], 0, 1), line(RETURN, REFUSE | errno.ENOSYS)]
    lines += [line(EQUAL, CLONE[column], 0, 4), line(LOAD, FIRST_ARGUMENT),
              line(ANY_BIT, THREAD, 0, 1), allowed, refused]
    for name, numbers in OWN_ONLY.items():
        self = 0 if name == "prlimit64" else own  # which takes 0 for oneself
        lines += [line(EQUAL, numbers[column], 0, 5), line(LOAD, FIRST_ARGUMENT),
                  line(EQUAL, own, 1, 0), line(EQUAL, self, 0, 1), allowed, refused]
    return [*lines, allowed]


def line(code, value, if_so=0, if_not=0):
    """One instruction: jumps are counted in those that are left out."""
    return struct.pack("HBBI", code, if_so, if_not, value)
