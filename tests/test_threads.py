"""Threads: how many there are, and BLAS held to one by all who ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from byhand.model import Model
from byhand.nn import build, threads
from byhand.nn.threads import available_threads, one_blas_thread
from byhand.training.shards import Workers


def blas_threads() -> list[int]:
    """Return the threads of NumPy's BLAS; other tests load libraries of their own."""
    found = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    numpys = [lib for lib in found if "numpy" in lib["filepath"].lower()]
    return [lib["num_threads"] for lib in numpys or found]


@pytest.fixture
def three():
    """BLAS at three threads, as if the machine had them."""
    with threadpool_limits(3, user_api="blas"):
        if set(blas_threads()) != {3}:
            pytest.skip("this BLAS does not let us set its threads")
        yield


@pytest.mark.parametrize(("count", "expected"), [(6, 6), (None, 1)])
def test_processors_are_counted_where_there_is_no_affinity(
    count, expected, monkeypatch
):
    assert available_threads() >= 1
    monkeypatch.delattr(threads.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: count)
    assert available_threads() == expected


def test_processors_that_the_process_may_not_use_are_not_counted(monkeypatch):
    monkeypatch.setattr(
        threads.os, "sched_getaffinity", lambda process: {0, 3, 4}, raising=False
    )
    assert available_threads() == 3


def test_blas_has_one_thread_inside_and_its_own_again_outside(three):
    with one_blas_thread:
        assert set(blas_threads()) == {1}
        with one_blas_thread:
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {1}
    assert set(blas_threads()) == {3}


def test_blas_gets_its_threads_back_after_an_error(three):
    with pytest.raises(KeyError), one_blas_thread:
        raise KeyError
    assert set(blas_threads()) == {3}


@pytest.mark.parametrize("restored_elsewhere", [False, True])
def test_any_thread_may_be_the_first_or_the_last(restored_elsewhere, three):
    one, other = one_blas_thread.__enter__, one_blas_thread.__exit__
    with ThreadPoolExecutor(1) as pool:  # its thread goes on living
        if restored_elsewhere:
            one()
            assert set(blas_threads()) == {1}
            pool.submit(other).result()
        else:
            pool.submit(one).result()
            assert set(blas_threads()) == {1}
            other()
        assert set(blas_threads()) == {3}


def test_users_that_overlap_restore_what_was_before_the_first(three):
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def first() -> None:
        with one_blas_thread:
            first_is_in.set()
            assert second_is_in.wait(20)

    thread = threading.Thread(target=first)
    thread.start()
    assert first_is_in.wait(20)
    with one_blas_thread:
        second_is_in.set()
        thread.join()
        assert set(blas_threads()) == {1}  # the first has gone, the second has not
    assert set(blas_threads()) == {3}


def test_threads_that_predict_leave_blas_its_threads(three, rng):
    network = build("pixels | flatten | dense 4", (6, 5), rng=rng)
    model = Model(network, "abcd", (6, 5))
    images = rng.integers(0, 256, (300, 6, 5)).astype(np.uint8)
    with Workers(2), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: model.predict(images), range(40)))
        assert set(blas_threads()) == {1}  # the workers still work
    assert set(blas_threads()) == {3}
