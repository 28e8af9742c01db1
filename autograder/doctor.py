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

ATTEMPTS = {  # the body of a function, which runs inside
    "read a file of the course": "return open({secret!r}).read()",
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
HEAD = "import ctypes, os, resource, socket, subprocess\n\nimport numpy\n\n\ndef attempt():\n"


@dataclass(frozen=True)
class Attempt:
    """One try to break out: `held` when it failed; `seen` is what came back."""

    name: str
    held: bool
    seen: str


@dataclass(frozen=True)
class Examination:
    tier: int
    why: str
    attempts: list[Attempt]

    @property
    def held(self) -> bool:
        return all(attempt.held for attempt in self.attempts)

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
        attempts = [Attempt(name, *try_out(box, program(ATTEMPTS[name].format(**facts)))) for name in only]
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


def try_out(box: sandbox.Box, source: str) -> tuple[bool, str]:
    """Run one attempt in a process of its own; a process that dies of it has held, too."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        inside = sandbox.launch(box, theirs)
        theirs.close()
        ours.settimeout(30)
        try:
            wire.receive(ours)
            wire.send(ours, ["cell", 0, source])
            ran = wire.receive(ours)
            if ran[1] != "ok":
                return True, ran[3].strip().splitlines()[-1]
            wire.send(ours, ["call", "attempt", wire.pack(()), wire.pack({})])
            answer = wire.receive(ours)
        except (wire.WireError, OSError) as error:
            return True, f"its process ended: {error}"
        finally:
            inside.kill()
            inside.launcher.stdout.close()
            inside.launcher.stderr.close()
    if answer[0] == "error":
        return True, f"{answer[2]}: {answer[3]}".strip(": ")[:160]
    return False, str(wire.unpack(answer[1]))[:160]
