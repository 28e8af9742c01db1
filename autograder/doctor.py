"""What the sandbox really enforces here, found out by trying to break out of it.

Each attempt is a function that runs inside, as a student's would. Returning means that it got what it wanted, and what it
got is shown; raising means that the sandbox held. Nothing is assumed from the tier's name.
"""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


from autograder import sandbox, wire

ATTEMPTS = {
    "read a file of the course": "def attempt():\n    return open({secret!r}).read()",
    "list a folder of the course": "import os\ndef attempt():\n    return ', '.join(os.listdir({folder!r}))",
    "read the machine's users": "def attempt():\n    return open('/etc/passwd').read()[:60]",
    "write beside the course": "def attempt():\n    return open({folder!r} + '/forged', 'w').write('10')",
    "write into a package": "import numpy\ndef attempt():\n    return str(open(numpy.__file__, 'r+'))",
    "make a file others can run": "import os\ndef attempt():\n    open('x', 'w').close()\n    os.chmod('x', 0o755)\n    return 'made one'",
    "fill the disk": "def attempt():\n    with open('big', 'wb') as f:\n        for _ in range(64):\n            f.write(bytes(2**20))\n    return '64 MiB written'",
    "open a network socket": "import socket\ndef attempt():\n    return str(socket.socket())",
    "connect to a server on this machine": "import socket\ndef attempt():\n    return str(socket.create_connection(('127.0.0.1', {port}), 2))",
    "start a program": "import subprocess\ndef attempt():\n    return subprocess.run(['/bin/sh', '-c', 'id'], capture_output=True).stdout.decode()",
    "start a process": "import os\ndef attempt():\n    pid = os.fork()\n    if pid == 0:\n        os._exit(0)\n    os.waitpid(pid, 0)\n    return f'process {{pid}}'",
    "signal the grader": "import os\ndef attempt():\n    os.kill({pid}, 0)\n    return 'it would have been killed'",
    "see other processes": "import os\ndef attempt():\n    others = [p for p in os.listdir('/proc') if p.isdigit() and int(p) != os.getpid()]\n    assert others\n    return f'{{len(others)}} of them'",
    "read the environment": "import os\ndef attempt():\n    assert os.environ.get('MMCOURSE_CANARY') or b'CANARY' in open('/proc/self/environ', 'rb').read()\n    return 'found the canary'",
    "use an inherited file": "import os\ndef attempt():\n    found = []\n    for fd in range(4, 256):\n        try:\n            os.fstat(fd)\n            found.append(fd)\n        except OSError:\n            pass\n    assert found\n    return str(found)",
    "take 8 GiB of memory": "def attempt():\n    return str(len(bytearray(8 << 30)))",
    "raise its own limits": "import resource\ndef attempt():\n    unlimited = resource.RLIM_INFINITY\n    resource.setrlimit(resource.RLIMIT_AS, (unlimited, unlimited))\n    return 'raised'",
    "become root in a namespace of its own": "import ctypes\ndef attempt():\n    assert ctypes.CDLL(None).unshare(0x10000000) == 0\n    return 'a new user namespace'",
    "mount something": "import ctypes\ndef attempt():\n    assert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0\n    return 'mounted'",
    "trace a process": "import ctypes\ndef attempt():\n    assert ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0\n    return 'traceable'",
    "import the hidden tests' tools": "def attempt():\n    import autograder.judge\n    return 'imported'",
    "import a package that was not allowed": "def attempt():\n    import torch\n    return torch.__version__",
}  # fmt: skip


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


def examine(tier: int | None = None) -> Examination:
    """Try every attempt in a sandbox of the strongest tier there is, or of `tier`."""
    probed, why = sandbox.probe()
    tier = probed if tier is None else tier
    with prey() as facts, tempfile.TemporaryDirectory(prefix="mmcourse-box-") as root:
        box = sandbox.make_box(tier, root, sandbox.distribution_roots(("numpy", "msgspec")))
        attempts = [Attempt(name, *try_out(box, source.format(**facts))) for name, source in ATTEMPTS.items()]
    return Examination(tier, why, attempts)


@contextmanager
def prey() -> Iterator[dict]:
    """Things outside that an attempt must not reach: a secret file in a folder, a listening server, this process."""
    with tempfile.TemporaryDirectory(prefix="mmcourse-prey-") as folder, socket.create_server(("127.0.0.1", 0)) as server:
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


