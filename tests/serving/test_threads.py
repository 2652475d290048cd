"""The threads that answer calls: who gets the next one, what waits, and what a call's end tells."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from array import array
from collections.abc import Callable

import pytest

from relhealth.serving.metrics import Meter
from relhealth.serving.server import LAYOUT
from relhealth.serving.threads import CallThreads

PATIENCE_SECONDS = 10.0


@pytest.fixture
def meter() -> Meter:
    return Meter(LAYOUT, memoryview(array("d", [0.0] * LAYOUT.width)))


def in_flight(meter: Meter) -> float:
    return meter.numbers[LAYOUT.place("relhealth_calls_in_flight")]


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def run(threads: CallThreads, function: Callable[[], object]) -> None:
    """Has a function called, and waits for its end."""
    ended = threading.Event()
    threads.submit(function).add_done_callback(lambda _: ended.set())
    assert ended.wait(PATIENCE_SECONDS)


def test_a_call_gets_the_thread_that_became_idle_last(meter: Meter) -> None:
    threads = CallThreads(8, meter)
    names: list[str] = []
    first_may_end, first_began = threading.Event(), threading.Event()

    def first() -> None:
        first_began.set()
        first_may_end.wait(PATIENCE_SECONDS)
        names.append(threading.current_thread().name)

    threads.submit(first)
    assert first_began.wait(PATIENCE_SECONDS)
    run(threads, lambda: names.append(threading.current_thread().name))
    first_may_end.set()
    wait_until(lambda: in_flight(meter) == 0.0)
    for _ in range(3):
        run(threads, lambda: names.append(threading.current_thread().name))
    assert names == ["call_2", "call_1", "call_1", "call_1", "call_1"]


def test_there_are_never_more_threads_than_allowed(meter: Meter) -> None:
    threads = CallThreads(2, meter)
    may_end = threading.Event()
    names: set[str] = set()

    def hold() -> None:
        names.add(threading.current_thread().name)
        may_end.wait(PATIENCE_SECONDS)

    for _ in range(20):
        threads.submit(hold)
    wait_until(lambda: len(names) == 2)
    assert in_flight(meter) == 20.0
    may_end.set()
    wait_until(lambda: in_flight(meter) == 0.0)
    assert names == {"call_1", "call_2"}


def test_one_thread_takes_what_waits_first_come_first_served(meter: Meter) -> None:
    threads = CallThreads(1, meter)
    may_end = threading.Event()
    order: list[int] = []
    threads.submit(may_end.wait, PATIENCE_SECONDS)
    for number in range(20):
        threads.submit(order.append, number)
    may_end.set()
    wait_until(lambda: in_flight(meter) == 0.0)
    assert order == list(range(20))


def test_a_call_for_which_there_is_no_thread_to_be_had_waits_for_another(
    meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = CallThreads(2, meter)
    may_end = threading.Event()
    done: list[int] = []
    with monkeypatch.context() as machine:
        machine.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            threads.submit(int)
    assert in_flight(meter) == 0.0
    threads.submit(may_end.wait, PATIENCE_SECONDS)
    with monkeypatch.context() as machine:
        machine.setattr(threading.Thread, "start", refuse)
        threads.submit(done.append, 1)
    assert in_flight(meter) == 2.0
    may_end.set()
    wait_until(lambda: in_flight(meter) == 0.0)
    assert done == [1]


def test_the_end_is_told_once_whether_asked_for_before_or_after(meter: Meter) -> None:
    threads = CallThreads(1, meter)
    may_end = threading.Event()
    told: list[object] = []
    before = threads.submit(may_end.wait, PATIENCE_SECONDS)
    before.add_done_callback(told.append)
    assert told == []
    may_end.set()
    wait_until(lambda: told == [before])
    after = threads.submit(int)
    wait_until(lambda: after.is_over)
    after.add_done_callback(told.append)
    assert told == [before, after]


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_call_that_raises_takes_no_thread_along(
    error: type[BaseException], meter: Meter, capfd: pytest.CaptureFixture[str]
) -> None:
    threads = CallThreads(1, meter)

    def fail() -> None:
        raise error("a customer's words")

    run(threads, fail)
    run(threads, int)
    assert in_flight(meter) == 0.0
    line = capfd.readouterr().err
    assert f'"exception": "{error.__name__}"' in line
    assert "customer" not in line


def test_who_raises_when_told_the_end_takes_no_thread_along(
    meter: Meter, capfd: pytest.CaptureFixture[str]
) -> None:
    threads = CallThreads(1, meter)
    may_end = threading.Event()

    def fail(_: object) -> None:
        raise ValueError("a customer's words")

    threads.submit(may_end.wait, PATIENCE_SECONDS).add_done_callback(fail)
    may_end.set()
    run(threads, int)
    line = capfd.readouterr().err
    assert '"exception": "ValueError"' in line
    assert "customer" not in line


def test_nothing_of_a_call_is_kept(meter: Meter) -> None:
    class Request:
        def answer(self) -> None:
            """Nothing."""

    threads = CallThreads(1, meter)
    for _ in range(2):
        request = Request()
        gone = weakref.ref(request)
        run(threads, request.answer)
        del request
        gc.collect()
        wait_until(lambda gone=gone: gone() is None)


def test_a_call_whose_handler_the_library_did_not_call_is_abandoned(meter: Meter) -> None:
    def begin() -> None:
        meter.here.begun = True

    threads = CallThreads(1, meter)
    run(threads, begin)
    run(threads, int)
    assert meter.numbers[LAYOUT.place("relhealth_abandoned_calls_total")] == 1.0
