"""A system-call filter for the sandbox: no programs, no processes, no sockets, no namespaces, no signals to others.

`deny()` installs it in the calling process, for good: threads started later inherit it and nothing takes it back. A
denied call fails with EPERM, so Python code sees a `PermissionError`. The list follows docs/grading.md; what is not on
it stays allowed: the walls are namespaces and mounts, and this filter shuts the doors they leave.

This module travels into the sandbox: the standard library and its neighbours only.
Linux on x86-64 and aarch64; elsewhere `deny()` is False.
Reference: Linux's Documentation/userspace-api/seccomp_filter.rst.
"""

import ctypes
import os
import platform
import struct
import sys

from autograder import landlock

EPERM, ENOSYS = 1, 38
CLONE_THREAD = 0x10000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*

# name: (x86-64, aarch64); None where the architecture has no such call
DENIED = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "execve": (59, 221), "execveat": (322, 281), "fork": (57, None),
    "vfork": (58, None), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "mount_setattr": (442, 442), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432), "fspick": (433, 433),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "setpriority": (141, 140), "ioprio_set": (251, 30), "setrlimit": (160, 164),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "open_by_handle_at": (304, 265), "personality": (135, 92), "syslog": (103, 116),
    "memfd_create": (319, 279), "mknod": (133, None), "mknodat": (259, 33), "setsid": (112, 157), "setpgid": (109, 154),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semtimedop": (220, 192), "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181), "inotify_init": (253, None),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "name_to_handle_at": (303, 264),
}  # fmt: skip
DENIED_WITHOUT_ROOT = {"truncate": (76, 45), "creat": (85, None)}  # tier 1: the files are everybody's
CLONE, CLONE3, PRLIMIT64, PRCTL, TGKILL = (56, 220), (435, 435), (302, 261), (157, 167), (234, 131)
OPEN, OPENAT, OPENAT2 = (2, None), (257, 56), (437, 437)
TRUNCATE = 0o1000  # open's flag, the same on both architectures

_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF: ld abs, jeq, jset, ret
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_ARGUMENT = 16  # offset of the first argument in struct seccomp_data; its low half comes first on both architectures


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _errno(number: int) -> bytes:
    return _instruction(_RETURN, 0x00050000 | number)


def program(machine: str, own: int = 0, guard_opens: bool = False) -> bytes:
    """Return the filter for `machine` as BPF instructions of eight bytes each.

    `own` is the only process that may be signalled (abort does so); `guard_opens` is for files that this user could
    write elsewhere: no name is truncated, not even by opening it to read.
    """
    column = list(ARCHITECTURES).index(machine)
    code = [
        _instruction(_LOAD, 4),  # the architecture: a 32-bit call on a 64-bit kernel has other numbers
        _instruction(_EQUAL, ARCHITECTURES[machine], 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, 0),  # the call's number
    ]
    if machine == "x86_64":  # the x32 variants of all calls have this bit set
        code += [_instruction(_SET, 0x40000000, 0, 1), _instruction(_RETURN, _KILL)]
    for numbers in (DENIED | DENIED_WITHOUT_ROOT if guard_opens else DENIED).values():
        if numbers[column] is not None:
            code += [_instruction(_EQUAL, numbers[column], 0, 1), _errno(EPERM)]
    code += [_instruction(_EQUAL, CLONE3[column], 0, 1), _errno(ENOSYS)]  # glibc then falls back to clone
    if guard_opens:
        code += [_instruction(_EQUAL, OPENAT2[column], 0, 1), _errno(ENOSYS)]  # its flags are out of a filter's reach
        for number, argument in ((OPEN[column], 1), (OPENAT[column], 2)):
            code += [] if number is None else _only(number, argument, _SET, TRUNCATE, if_true=_errno(EPERM))
    code += _only(TGKILL[column], 0, _EQUAL, own, if_false=_errno(EPERM))
    code += [
        _instruction(_EQUAL, CLONE[column], 0, 4),  # a thread may be made, a process may not
        _instruction(_LOAD, _ARGUMENT),
        _instruction(_SET, CLONE_THREAD, 1, 0),
        _errno(EPERM),
        _instruction(_RETURN, _ALLOW),
        _instruction(_EQUAL, PRCTL[column], 0, 4),  # anything but PR_SET_PDEATHSIG: nobody outlives the launcher
        _instruction(_LOAD, _ARGUMENT),
        _instruction(_EQUAL, 1, 0, 1),
        _errno(EPERM),
        _instruction(_RETURN, _ALLOW),
        _instruction(_EQUAL, PRLIMIT64[column], 0, 5),  # of itself, and only to read: the third argument is NULL
        _instruction(_LOAD, _ARGUMENT + 16),
        _instruction(_EQUAL, 0, 0, 2),
        _instruction(_LOAD, _ARGUMENT + 20),
        _instruction(_EQUAL, 0, 1, 0),
        _errno(EPERM),
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(code)


def _only(
    number: int, argument: int, test: int, value: int, if_true: bytes = b"", if_false: bytes = b""
) -> list[bytes]:
    """For one call: test the low half of an argument, and answer as said; what is not said is allowed."""
    allow = _instruction(_RETURN, _ALLOW)
    return [
        _instruction(_EQUAL, number, 0, 4),
        _instruction(_LOAD, _ARGUMENT + 8 * argument),
        _instruction(test, value, 0, 1),
        if_true or allow,
        if_false or allow,
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def deny(tier: int = 2) -> bool:
    """Install the filter in this process. False where there is no seccomp; raises OSError when the kernel refuses."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in ARCHITECTURES:
        return False
    code = program(machine, os.getpid(), guard_opens=tier == 1 and landlock.version() < 3)
    libc = ctypes.CDLL(None, use_errno=True)
    argument = _Program(len(code) // 8, code)
    no_new_privs, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privs, 1, 0, 0, 0) or libc.prctl(set_seccomp, mode_filter, ctypes.byref(argument), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, "the kernel refused the system-call filter")
    return True
