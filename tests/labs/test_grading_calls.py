"""The filter of system calls, its program read by an interpreter of this file."""

import errno
import struct

import pytest

from scratchae.labs.grading import seccomp

X86, ARM = 0xC000003E, 0xC00000B7  # AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
# name:number on x86-64:number on aarch64, as in the kernel's two headers unistd.h
REFUSED = """
socket:41:198 socketpair:53:199 connect:42:203 bind:49:200 listen:50:201
accept:43:202 accept4:288:242 io_uring_setup:425:425 fork:57:- vfork:58:-
execve:59:221 execveat:322:281 unshare:272:97 setns:308:268 tkill:200:130
rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240 pidfd_open:434:434
pidfd_send_signal:424:424 pidfd_getfd:438:438 ptrace:101:117
process_vm_readv:310:270 process_vm_writev:311:271 process_madvise:440:440
process_mrelease:448:448 kcmp:312:272 migrate_pages:256:238 move_pages:279:239
setpriority:141:140 ioprio_set:251:30 sched_setscheduler:144:119
sched_setparam:142:118 sched_setattr:314:274 shmget:29:194 msgget:68:186
semget:64:190 mq_open:240:180 memfd_create:319:279 keyctl:250:219 add_key:248:217
request_key:249:218 chmod:90:- fchmod:91:52 fchmodat:268:53 fchmodat2:452:452
chown:92:- fchown:93:55 lchown:94:- fchownat:260:54 utime:132:- utimes:235:-
futimesat:261:- utimensat:280:88 setxattr:188:5 lsetxattr:189:6 fsetxattr:190:7
removexattr:197:14 lremovexattr:198:15 fremovexattr:199:16 mount:165:40
umount2:166:39 pivot_root:155:41 move_mount:429:429 open_tree:428:428 fsopen:430:430
mount_setattr:442:442 chroot:161:51 bpf:321:280 perf_event_open:298:241
userfaultfd:323:282 syslog:103:116 reboot:169:142 kexec_load:246:104
init_module:175:105 finit_module:313:273 delete_module:176:106 swapon:167:224
swapoff:168:225 settimeofday:164:170 clock_settime:227:112 sethostname:170:161
setdomainname:171:162 acct:163:89 quotactl:179:60 personality:135:92
""".split()
KILL, TGKILL, LIMITS = (62, 129), (234, 131), (302, 261)
CLONE, CLONE3 = (56, 220), (435, 435)
ALLOWED = {"read": (0, 63), "write": (1, 64), "openat": (257, 56), "mmap": (9, 222),
           "futex": (202, 98), "exit_group": (231, 94), "getrandom": (318, 278)}


def answer(program, number, machine, first=0):
    """What the kernel does with a call: "allowed", or the number of an error."""
    data, value, at = struct.pack("=iIQQ", number, machine, 0, first), 0, 0
    while True:
        code, if_so, if_not, k = struct.unpack("HBBI", program[at])
        at += 1
        if code == 0x20:  # load a word
            (value,) = struct.unpack_from("=I", data, k)
        elif code == 0x06:  # return
            return "allowed" if k == 0x7FFF0000 else k - 0x00050000
        else:
            so = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            at += if_so if so else if_not


@pytest.fixture(params=[("x86_64", 0, X86), ("aarch64", 1, ARM)], ids=lambda p: p[0])
def asked(request):
    """The filter's answer to a call, given as its two numbers, of the process 4321."""
    name, column, machine = request.param
    assert seccomp.MACHINES[name] == (machine, column)
    program = seccomp.program(machine, column, 4321)
    return lambda numbers, first=0: answer(program, numbers[column], machine, first)


def test_what_is_refused_has_the_kernels_numbers(asked):
    for name, *numbers in (entry.split(":") for entry in REFUSED):
        numbers = [None if number == "-" else int(number) for number in numbers]
        if None not in numbers:
            assert asked(numbers) == errno.EPERM, name
    assert {entry.split(":")[0] for entry in REFUSED} == {*seccomp.REFUSED}


def test_calls_that_one_machine_alone_has_are_refused_there():
    program = seccomp.program(X86, 0, 4321)
    old = [entry.split(":") for entry in REFUSED if entry.endswith(":-")]
    assert len(old) > 5
    for name, number, _ in old:
        assert answer(program, int(number), X86) == errno.EPERM, name


def test_what_arrays_need_is_allowed(asked):
    assert {asked(numbers) for numbers in ALLOWED.values()} == {"allowed"}


def test_a_thread_is_made_and_no_process(asked):
    assert asked(CLONE, 0x003D0F00) == "allowed"  # the C library's flags of a thread
    assert asked(CLONE, 17) == asked(CLONE, 0x01200011) == errno.EPERM
    assert asked(CLONE3) == errno.ENOSYS  # so that clone is tried


def test_signals_and_limits_are_its_own_only(asked):
    for call in KILL, TGKILL, LIMITS:
        assert asked(call, 4321) == "allowed"
        assert asked(call, 4322) == asked(call, 1) == errno.EPERM
    assert asked(LIMITS, 0) == "allowed"  # oneself
    assert asked(KILL, 0) == asked(TGKILL, 0) == errno.EPERM  # a group


def test_calls_of_another_machine_and_by_32_bit_numbers_are_refused():
    program = seccomp.program(X86, 0, 4321)
    assert answer(program, 0, X86) == "allowed"
    for machine in ARM, 0x40000003:
        assert answer(program, 0, machine) == errno.EPERM
    for number in 0x40000000, 0x40000001, 0x7FFFFFFF:
        assert answer(program, number, X86) == errno.EPERM
