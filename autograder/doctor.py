"""What the sandbox really enforces here, found out by trying to break out of it.

Each attempt is a function that runs inside, as a student's would. Returning means that it got what it wanted, and what
it got is shown; raising means that the sandbox held. Nothing is assumed from the tier's name.
"""

import os
import socket
import tempfile
import textwrap
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder import sandbox, wire
from autograder.zygote import Zygote

ATTEMPTS = {  # the body of a function, which runs inside
    "read a file of the course": "return open({secret!r}).read()",
    "learn the size of a file of the course": "return str(os.stat({secret!r}).st_size)",
    "list a folder of the course": "return ', '.join(os.listdir({folder!r}))",
    "read the machine's users": "return open('/etc/passwd').read()[:60]",
    "write beside the course": "return str(open({folder!r} + '/forged', 'w').write('10'))",
    "write into a package": "return str(open(numpy.__file__, 'r+'))",
    "make a file others can run": """
        open('x', 'w').close()
        os.chmod('x', 0o755)
        return 'made one'
        """,
    "fill the disk": """
        with open('big', 'wb') as file:
            for _ in range(64):
                file.write(bytes(2**20))
        return '64 MiB written'
        """,
    "empty a file of the course": "return str(os.truncate({secret!r}, 0))",
    "remove a file of the course": "return str(os.remove({secret!r}))",
    "open a network socket": "return str(socket.socket())",
    "connect to a server on this machine": "return str(socket.create_connection(('127.0.0.1', {port}), 2))",
    "start a program": "return str(subprocess.run(['/bin/sh', '-c', 'id'], capture_output=True).stdout)",
    "start a process": """
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        return f'process {{pid}}'
        """,
    "signal the grader": """
        os.kill({pid}, 0)
        return 'it would have been killed'
        """,
    "see other processes": """
        others = [pid for pid in os.listdir('/proc') if pid.isdigit() and int(pid) != os.getpid()]
        assert others, 'none is to be seen'
        return f'{{len(others)}} of them'
        """,
    "read the environment": """
        assert 'CANARY' in os.environ.values() or b'CANARY' in open('/proc/self/environ', 'rb').read(), 'it is empty'
        return 'found the canary'
        """,
    "use an inherited file": """
        found = []
        for descriptor in range(4, 256):
            try:
                os.fstat(descriptor)
            except OSError:
                continue
            if not os.get_inheritable(descriptor):  # the event loop's own
                continue
            found.append(descriptor)
        assert found, 'there is none'
        return str(found)
        """,
    "take 8 GiB of memory": "return str(len(bytearray(8 << 30)))",
    "raise its own limits": """
        unlimited = resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_AS, (unlimited, unlimited))
        return 'raised'
        """,
    "become root in a namespace of its own": """
        assert ctypes.CDLL(None).unshare(0x10000000) == 0, 'unshare failed'
        return 'a new user namespace'
        """,
    "mount something": """
        assert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0, 'mount failed'
        return 'mounted'
        """,
    "leave a note for the next submission": """
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.shmget(0x6D6D, 4096, 0o1666) != -1, 'shmget failed'
        return 'in shared memory'
        """,
    "trace a process": """
        assert ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0, 'ptrace failed'
        return 'traceable'
        """,
    "outlive the grader": """
        assert ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0, 'prctl failed'
        return 'its death is no longer ours'
        """,
    "import the hidden tests' tools": """
        import autograder.judge
        return 'imported'
        """,
    "import a package that was not allowed": """
        import torch
        return torch.__version__
        """,
}
KNOWN = {1: ("learn the size of a file of the course",)}  # Landlock hides what is in files, not that they are there
HEAD = "import ctypes, os, resource, socket, subprocess\n\nimport numpy\n\n\ndef attempt():\n"


@dataclass(frozen=True)
class Attempt:
    """One try to break out: `held` when it failed; `seen` is what came back; `known` if the tier promises nothing."""

    name: str
    held: bool
    seen: str
    known: bool = False


@dataclass(frozen=True)
class Examination:
    tier: int
    why: str
    attempts: list[Attempt]

    @property
    def held(self) -> bool:
        return all(attempt.held or attempt.known for attempt in self.attempts)

    def holds(self, *names: str) -> bool:
        """Whether the named attempts all failed, as they should."""
        known = {attempt.name: attempt.held for attempt in self.attempts}
        return all(known[name] for name in names)


def examine(tier: int | None = None, only: Collection[str] = tuple(ATTEMPTS)) -> Examination:
    """Try every attempt, or `only` some, in a sandbox of the strongest tier there is, or of `tier`."""
    probed, why = sandbox.probe()
    tier = probed if tier is None else tier
    with prey() as facts, tempfile.TemporaryDirectory(prefix="mmcourse-box-") as root:
        box = sandbox.make_box(tier, root, sandbox.distribution_roots(("numpy", "msgspec")))
        with sandbox.launch(box) as zygote:
            attempts = [
                Attempt(name, *try_out(zygote, program(ATTEMPTS[name].format(**facts))), name in KNOWN.get(tier, ()))
                for name in only
            ]
    return Examination(tier, why, attempts)


def program(body: str) -> str:
    return HEAD + textwrap.indent(textwrap.dedent(body), "    ")


@contextmanager
def prey() -> Iterator[dict]:
    """Things outside that an attempt must not reach: a secret file in a folder, a listening server, this process."""
    with (
        tempfile.TemporaryDirectory(prefix="mmcourse-prey-") as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        secret = Path(folder) / "solutions.txt"
        secret.write_text("the hidden answer")
        os.environ["MMCOURSE_CANARY"] = "CANARY"
        try:
            yield {"secret": str(secret), "folder": folder, "port": server.getsockname()[1], "pid": os.getpid()}
        finally:
            del os.environ["MMCOURSE_CANARY"]


def try_out(zygote: Zygote, source: str) -> tuple[bool, str]:
    """Run one attempt in a worker of its own; a process that dies of it has held, too."""
    worker = zygote.fork()
    worker.channel.settimeout(30)
    try:
        wire.receive(worker.channel)
        wire.send(worker.channel, ["cell", 0, source])
        ran = wire.receive(worker.channel)
        if ran[1] != "ok":
            return True, ran[3].strip().splitlines()[-1]
        wire.send(worker.channel, ["call", "attempt", wire.pack(()), wire.pack({})])
        answer = wire.receive(worker.channel)
    except (wire.WireError, OSError) as error:
        return True, f"its process ended: {error}"
    finally:
        worker.kill()
    if answer[0] == "error":
        return True, f"{answer[2]}: {answer[3]}".strip(": ")[:160]
    try:
        return False, str(wire.unpack(answer[1]))[:160]
    except wire.WireError:  # it came to something, and that is no plain value
        return False, "an object"
