"""What a student called hopper tries from code in their own kernel: what must work, and what must not.

Each row is a row of the table in docs/jupyterhub.md. An attempt is an expression. One that must not work raises, or
comes to nothing: an empty list.
"""

import json
from typing import NamedTuple

from tests.conftest import ROOT


class Row(NamedTuple):
    own: list[str]  # what hopper may
    others: list[str]  # what hopper may not


EXCHANGE = "/srv/mmcourse/exchange/mmcourse"
COURSE = "/home/instructor/mmcourse"

ROWS = {
    "files in their home": Row(
        ["os.listdir('/home/hopper')", "read('/home/hopper/a01_toy/a01_toy.ipynb')"],
        ["os.listdir('/home/turing')", "read('/home/turing/a01_toy/a01_toy.ipynb')", "os.listdir('/home/instructor')"],
    ),
    "their server": Row(
        ["hub('/user/hopper/api/contents')", "[near('hopper', port) for port in ports('hopper')[:1]]"],
        [
            "hub('/user/turing/api/contents')",
            "hub('/user/instructor/api/contents')",
            "[body for name in ('turing', 'instructor') for port in ports(name) if (body := near(name, port))]",
            "[read(f'/proc/{process}/environ') for process in processes('turing')]",
        ],
    ),
    "what their kernels print": Row(["print('something') or True"], ["heard('turing')"]),
    "their account on the hub": Row(
        ["hub('/hub/api/users/hopper')"],
        ["hub('/hub/api/users')", "hub('/hub/api/users/turing')", "hub('/hub/api/users/turing/server', 'DELETE')"],
    ),
    "what they handed in": Row(
        ["glob.glob('/home/hopper/.local/share/jupyter/nbgrader_cache/mmcourse/hopper+a01_toy+*/a01_toy.ipynb')"],
        [f"os.listdir('{EXCHANGE}/inbound')", f"glob.glob('{EXCHANGE}/inbound/*')"],
    ),
    "their feedback": Row(
        ["glob.glob('/home/hopper/a01_toy/feedback/*/a01_toy.html')"],
        [f"os.listdir('{EXCHANGE}/feedback')", "os.listdir('/home/turing/a01_toy/feedback')"],
    ),
    "the released assignment": Row([f"read('{EXCHANGE}/outbound/a01_toy/a01_toy.ipynb')"], []),
    "solutions, hidden tests, gradebook, marks": Row(
        [],
        [
            f"os.listdir('{COURSE}')",
            f"read('{COURSE}/solutions/a01_toy/a01_toy.ipynb')",
            f"read('{COURSE}/hidden/a01_toy/test_total.py')",
            f"read('{COURSE}/gradebook.db')",
            f"os.listdir('{COURSE}/submissions/turing')",
            "[path for top in ('/home', '/srv', '/tmp', '/root') for path in found(top, 'test_total.py')]",
            f"found({str(ROOT)!r}, 'test_total.py')",
        ],
    ),
    "the grader": Row(
        ["__import__('mmcourse.check').__name__"],
        ["__import__('autograder')", f"os.listdir('{ROOT}/autograder')"],
    ),
    "the hub's secrets": Row(
        [],
        [
            "os.listdir('/srv/mmcourse/private')",
            "read('/etc/shadow')",
            "urllib.request.urlopen('http://127.0.0.1:8001/api/routes', timeout=20).read()",
            "read('/proc/1/environ')",
        ],
    ),
}

TRY = '''
import glob, os, pwd, time, urllib.request
import zmq

ADDRESS = "http://127.0.0.1:8000"

def read(path):
    with open(path, "rb") as file:
        return len(file.read())

def hub(path, method="GET", address=ADDRESS, seconds=20):
    """The hub or a server, asked with the token that hopper's own kernel has."""
    token = {"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}
    request = urllib.request.Request(address + path, headers=token, method=method)
    return urllib.request.urlopen(request, timeout=seconds).read()

def ports(user):
    """Where processes of an account listen on this machine."""
    rows = [line.split() for line in open("/proc/net/tcp").readlines()[1:]]
    number = str(pwd.getpwnam(user).pw_uid)
    return [int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[7] == number]

def near(user, port):
    """What somebody's server answers when it is asked directly, past the proxy; nothing from what is no such server."""
    try:
        return hub(f"/user/{user}/api/contents", address=f"http://127.0.0.1:{port}", seconds=5)
    except Exception:
        return None

def processes(user):
    number = pwd.getpwnam(user).pw_uid
    return [int(one) for one in os.listdir("/proc") if one.isdigit() and os.stat(f"/proc/{one}").st_uid == number]

def heard(user):
    """Whatever the sockets of an account tell anybody who subscribes."""
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.subscribe(b"")
    for port in ports(user):
        socket.connect(f"tcp://127.0.0.1:{port}")
    messages = []
    while socket.poll(3000) and len(messages) < 50:
        messages.append(str(socket.recv_multipart()))
    return messages

def found(top, name):
    return [os.path.join(folder, name) for folder, _, files in os.walk(top) if name in files]

answer = {}
for attempt in ATTEMPTS:
    try:
        value = eval(attempt)
        answer[attempt] = f"worked: {str(value)[:300]}" if value else "nothing"
    except Exception as error:
        answer[attempt] = f"{type(error).__name__}: {error}"
'''

# While others listen: prints for as long as the kernel lives, behind the back of the cell.
TALK = """
import threading, time
def talk():
    while True:
        print("between me and my kernel", flush=True)
        time.sleep(0.1)
threading.Thread(target=talk, daemon=True).start()
answer = True
"""


def everything() -> str:
    attempts = [attempt for row in ROWS.values() for attempt in (*row.own, *row.others)]
    return f"ATTEMPTS = {json.dumps(attempts)}\n{TRY}"
