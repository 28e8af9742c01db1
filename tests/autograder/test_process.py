"""The clocks of one sandboxed process: whose fault it is when time is over."""

import socket
import threading
import time

import pytest

from autograder import process, wire
from autograder.process import Clocks, Process, Starved
from autograder.testing import StudentError


class Peer:
    """A process that answers in a thread, or not at all, and whose CPU clock says what it is told to."""

    def __init__(self, *answers: object) -> None:
        self.answers, self.killed = answers, []

    def spawn(self, packages):
        ours, self.theirs = socket.socketpair()
        wire.send(self.theirs, ["ready"])
        for answer in self.answers:
            wire.send(self.theirs, answer)
        return 2**22 + 1, ours

    def kill(self, pid):
        self.killed.append(pid)
        self.theirs.close()


@pytest.fixture
def clock(monkeypatch):
    """clock(share, state): the process works this share of the time that passes, and is found in this state."""

    def say(share: float, state: str) -> None:
        started = time.monotonic()
        monkeypatch.setattr(process, "processor", lambda pid: (share * (time.monotonic() - started), state))

    return say


def ask(*answers, clocks=Clocks(wall=0.4), cpu_limit=10.0):  # noqa: B008 - frozen
    made = Process(Peer(*answers), ("numpy",), clocks)
    try:
        return made.ask(["call", "f", wire.pack(()), wire.pack({})], cpu_limit)
    finally:
        assert made.alive == (made.control.killed == [])
        made.end()


def test_an_answer_in_time_is_the_answer(clock):
    clock(1.0, "R")
    assert ask(["value", ["v", 1]]) == ["value", ["v", 1]]


def test_a_process_that_sleeps_is_out_of_time(clock):
    clock(0.0, "S")
    with pytest.raises(StudentError, match="of waiting") as caught:
        ask()
    assert caught.value.kind == "timeout"


def test_a_process_that_would_work_and_got_no_processor_is_starved(clock):
    clock(0.02, "R")
    with pytest.raises(Starved, match="processor time") as caught:
        ask()
    assert isinstance(caught.value, OSError)


def test_a_process_that_did_work_is_no_starved_one(clock):
    clock(0.5, "R")
    with pytest.raises(StudentError, match="of waiting"):
        ask()


def test_work_over_the_limit_is_out_of_time_whatever_the_state(clock):
    clock(1.0, "S")
    with pytest.raises(StudentError, match="of work"):
        ask(clocks=Clocks(wall=30.0), cpu_limit=0.1)


def test_when_we_ourselves_could_hardly_look_nobody_is_out_of_time(clock, monkeypatch):
    clock(0.0, "S")
    made = Process(Peer(), ("numpy",), Clocks(wall=5.0))
    watch = process.Watch(made, 1.0)
    watch.started = watch.looked = watch.started - 6  # six seconds without a look
    with pytest.raises(Starved):
        watch.patience(0)
    assert not made.alive


def test_who_keeps_talking_is_not_starved(clock):
    clock(0.02, "R")
    made = Process(Peer(), ("numpy",), Clocks(wall=0.4))
    stop = threading.Event()

    def drip():
        made.control.theirs.sendall(b"\0\0\xff\xff")
        while not stop.wait(0.01):
            try:
                made.control.theirs.sendall(b"x")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(StudentError, match="of waiting"):
            made.ask(["call"], 10.0)
    finally:
        stop.set()
        dripping.join()


# Time in functions of ours


def served(functions: list, answers: list, clocks: Clocks) -> object:
    made = Process(Peer(*answers), ("numpy",), clocks)
    try:
        with made.exchange.request("call", ("f", tuple(functions), {}), None) as request:
            return made.ask(request, 10.0)
    finally:
        made.end()


BACK = ["back", 1, ["t", []], ["d", []]]


def test_time_in_a_function_of_ours_is_not_the_students(clock):
    clock(0.0, "S")
    answers = [BACK, BACK, ["value", ["v", 1]]]
    assert served([lambda: time.sleep(0.5)], answers, Clocks(wall=0.4)) == ["value", ["v", 1]]


def test_time_between_calls_back_is(clock):
    clock(0.0, "S")
    with pytest.raises(StudentError, match="of waiting"):
        served([lambda: time.sleep(0.3)], [BACK], Clocks(wall=0.4))


def test_an_exception_that_is_none_of_the_functions_ends_the_process(clock):
    clock(0.0, "S")
    made = Process(Peer(BACK), ("numpy",), Clocks())

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), made.exchange.request("call", ("f", (interrupt,), {}), None) as request:
        made.ask(request, 1.0)
    assert not made.alive


# The CPU clock is looked at when it can matter, and nothing escapes it


def test_quick_answers_are_not_looked_at_one_by_one_and_their_work_adds_up(monkeypatch):
    looks = []
    monkeypatch.setattr(process, "processor", lambda pid: (looks.append(pid) or 0.01 * len(looks), "S"))
    answers = [["value", ["v", 1]]] * 50
    made = Process(Peer(*answers), ("numpy",), Clocks())
    for _ in range(20):
        made.unseen = 0.0  # as if no time had passed
        made.ask(["call"], 1.0)
    assert looks == []
    made.unseen = 1.0
    made.ask(["call"], 1.0)
    assert len(looks) == 1 and made.worked == 0.01 and made.unseen < 1
    made.end()


def test_a_clock_never_runs_backwards(clock):
    made = Process(Peer(), ("numpy",), Clocks())
    made.worked = 5.0
    clock(0.0, "")
    made.look()
    assert made.worked == 5.0
    made.end()
