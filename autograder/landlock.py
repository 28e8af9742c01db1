"""Landlock: the calling process keeps the files and folders it is shown, to read, and loses all others, for good.

    rules = allow(["/usr/lib", "/dev/null"])       # in the zygote, once
    restrict(rules)                                # in each child

Where namespaces are closed (Binder, containers with their usual system-call filter, some distributions), this is what
keeps a student's code from the files of the account it runs in. Landlock says nothing about what needs no open file:
names and sizes of files (`stat`) stay visible, and modes, times and signals are the system-call filter's business
(seccomp.py).

This module travels into the sandbox: standard library only.
Reference: Linux's Documentation/userspace-api/landlock.rst.
"""

import ctypes
import os
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # of each version: how many kinds of access it knows; 16 from version 5 on
WRITABLE = ("/dev/null",)


def version() -> int:
    """The kernel's version of Landlock, 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, _libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def allow(paths: list[str]) -> int:
    """Make a rule set that lets `paths`, and what lies below them, be read; returns its descriptor."""
    abi = version()
    handled = (1 << RIGHTS.get(abi, 16)) - 1
    sizes = struct_sizes(abi)
    attributes = (ctypes.c_uint64 * 3)(handled, 0b11 if abi >= 4 else 0, 0b11 if abi >= 6 else 0)  # TCP; signals
    rules = _check(_libc().syscall(CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(sizes), 0), "no rule set")
    for path in paths:
        _add(rules, path, handled)
    return rules


def struct_sizes(abi: int) -> int:
    """Bytes of the attributes that a version reads: files, then network, then what reaches other processes."""
    return 8 if abi < 4 else 16 if abi < 6 else 24


def restrict(rules: int) -> None:
    """Put `rules` on this process and all that it starts. Nothing takes them back."""
    _check(_libc().prctl(38, 1, 0, 0, 0), "no_new_privs")
    _check(_libc().syscall(RESTRICT_SELF, rules, 0), "restrict_self")


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def _add(rules: int, path: str, handled: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = READ_FILE | (READ_DIR if os.path.isdir(path) else 0) | (WRITE_FILE if path in WRITABLE else 0)
        if path in WRITABLE:
            allowed |= handled & (1 << 14)  # opening it with "w" truncates it
        rule = _PathBeneath(allowed & handled, opened)
        _check(_libc().syscall(ADD_RULE, rules, 1, ctypes.byref(rule), 0), path)
    finally:
        os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {what}: {os.strerror(number)}")
    return result
