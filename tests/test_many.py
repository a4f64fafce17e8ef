"""Many pictures: on several processes and on a cluster, some of which end suddenly."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_info

from byhand.errors import MissingExtraError, ModelError, PictureError, ReadError
from byhand.reading import many, pools
from byhand.reading.many import Answer, own_names, read_many
from byhand.reading.result import Digit, Line, Reading
from byhand.types import Box

FILES = ["0", "bad", "slow-2", "dies-3", "4", "dies-5", "bug", "7", "8", "9"]


def reading_of(digit: int) -> Reading:
    return Reading((Line((Digit(digit, 0.9, (), Box(0, 0, 5, 9)),), 0.9),))


def by_name(path: str, **settings: Any) -> Reading:
    """Read the digit a name ends in; wait, fail or die if the name says so."""
    name = Path(path).name
    if "dies" in name:
        os._exit(3)
    if "bad" in name:
        raise PictureError(f"{name}: expected a picture")
    if "bug" in name:
        raise ZeroDivisionError("division\nby zero")
    if "slow" in name:
        time.sleep(0.5)
    return reading_of(int(name[-1]))


def telling(path: str, **settings: Any) -> Reading:
    """Tell where it was read, and how many threads there would be."""
    model = settings.pop("model")
    blas = [pool["num_threads"] for pool in threadpool_info()]
    told = (os.getpid(), id(model), model.threads, max(blas), path, settings)
    return Reading((), tuple(map(str, told)))


def read_all(files: list[Any], **how: Any) -> list[Answer]:
    answers: list[Answer] = []
    read_many(files, on_answer=answers.append, **{"read": by_name, **how})
    return answers


def outcome(answers: list[Answer]) -> list[str]:
    return [answer.reading.text if answer.reading else "-" for answer in answers]


def check_dead(answers: list[Answer]) -> None:
    """Check whether all but what cannot be is read."""
    assert [answer.file for answer in answers] == FILES
    assert outcome(answers) == ["0", "-", "2", "-", "4", "-", "-", "7", "8", "9"]
    errors = {answer.file: answer.error for answer in answers if answer.error}
    assert errors["bad"] == "bad: expected a picture"
    assert errors["bug"] == (
        "bug: expected to read it, got ZeroDivisionError (division);"
        " try saving it again as PNG"
    )
    for file in ("dies-3", "dies-5"):
        assert errors[file].startswith(f"{file}: expected an answer, got none")
        assert "ended suddenly" in errors[file]


def test_in_one_process_a_picture_that_fails_leaves_the_others():
    files = [file for file in FILES if "dies" not in file]
    answers = read_all(files, jobs=1)
    assert [answer.file for answer in answers] == files
    assert outcome(answers) == ["0", "-", "2", "4", "-", "7", "8", "9"]
    assert [bool(answer.error) for answer in answers] == [
        c == "-" for c in outcome(answers)
    ]


def test_a_process_that_dies_takes_no_other_picture_along():
    check_dead(read_all(FILES, jobs=2))


def test_what_has_been_read_is_not_read_again_after_a_death(tmp_path):
    def noting(path: str, **settings: Any) -> Reading:
        with (tmp_path / "log").open("a") as log:
            log.write(f"{path}\n")
        if path == "dies-9":
            time.sleep(1)
        return by_name(path)

    files = [*map(str, range(6)), "dies-9"]
    assert outcome(read_all(files, jobs=2, read=noting)) == [*"012345", "-"]
    log = (tmp_path / "log").read_text().split()
    assert {name: log.count(name) for name in files} == {
        **{name: 1 for name in files},
        "dies-9": 2,
    }


def test_files_done_before_are_left_out_and_known_answers_keep_their_place():
    known = Answer("none/", error="none/: empty")
    answers = read_all(["1", known, "2", "3"], done={"2"})
    assert [answer.file for answer in answers] == ["1", "none/", "3"]
    assert answers[1] is known


@pytest.mark.parametrize("jobs", [1, 2])
def test_processes_have_one_model_and_one_thread_each(jobs: int):
    answers = read_all([str(n) for n in range(6)], jobs=jobs, read=telling)
    told = [answer.reading.warnings for answer in answers]
    processes = {pid for pid, *_ in told}
    assert len({(pid, model) for pid, model, *_ in told}) == len(processes)
    if jobs == 1:
        assert processes == {str(os.getpid())}
        assert {threads for _, _, threads, *_ in told} == {"None"}
    else:
        assert str(os.getpid()) not in processes
        assert {(threads, blas) for _, _, threads, blas, *_ in told} == {("1", "1")}


@pytest.mark.parametrize(("count", "here"), [(8, True), (9, False)])
def test_few_pictures_are_read_here_and_many_in_processes(monkeypatch, count, here):
    monkeypatch.setattr(many, "available_threads", lambda: 2)
    answers = read_all([str(n) for n in range(count)], read=telling)
    processes = {answer.reading.warnings[0] for answer in answers}
    assert (processes == {str(os.getpid())}) is here


def test_a_model_is_opened_anew_in_each_run(monkeypatch):
    opened = []
    load = many.load
    monkeypatch.setattr(many, "load", lambda file: opened.append(file) or load(file))
    read_all(["1", "2"])
    read_all(["3"])
    assert opened == [None, None]


def test_settings_reach_the_reader():
    [answer] = read_all(["1"], read=telling, settings={"lines": 3})
    assert answer.reading.warnings[-2:] == ("1", "{'lines': 3}")


def test_without_another_reader_it_is_byhands_own(monkeypatch):
    monkeypatch.setattr("byhand.reading.reader.read", by_name)
    assert outcome(read_all(["5"], read=None)) == ["5"]


def test_a_model_that_is_none_is_told_at_once(tmp_path):
    with pytest.raises(ModelError):
        read_all(["1"], model=tmp_path / "none.safetensors", jobs=2)


def test_what_is_done_besides_has_a_name_of_its_own(tmp_path):
    def also(file: str, reading: Reading, name: str, settings: dict[str, Any]) -> None:
        if file == "bad/1":
            raise OSError(28, "No space left", "a/copy")
        (tmp_path / name).write_text(f"{file} {reading.text} {sorted(settings)}")

    files = ["a/1", "b/1", "bad/1"]
    answers = read_all(files, jobs=2, also=also, settings={"lines": 2}, done={"a/1"})
    assert outcome(answers) == ["1"] * 2
    assert [answer.error for answer in answers] == ["", "a/copy: No space left"]
    [copy] = tmp_path.iterdir()
    assert copy.name == "1-2"
    assert copy.read_text() == "b/1 1 ['lines', 'model']"


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["a/1.png", "b/1.jpg", "2.png"], ["1", "1-2", "2"]),
        (["a/1.png", "1-2.png", "b/1.png"], ["1", "1-2", "1-3"]),
        (["b/a.png", "A.png"], ["a", "A-2"]),
    ],
)
def test_files_of_one_name_are_told_apart(files: list[str], names: list[str]):
    assert own_names(files) == names


@pytest.mark.parametrize("end", [KeyboardInterrupt, ReadError])
def test_answers_waiting_for_their_turn_survive_the_end_of_a_run(monkeypatch, end):
    @contextmanager
    def ending(jobs: int) -> Iterator[pools.Pool]:
        def run(work, tasks, common):
            for task in list(tasks)[:0:-1]:
                yield task.number, Answer(task.file, reading_of(0))
            raise end

        yield pools.Pool(run, RuntimeError)

    monkeypatch.setattr(pools, "on_cores", ending)
    answers: list[Answer] = []
    with pytest.raises(end):
        read_many(["1", "2", "3"], on_answer=answers.append, jobs=2)
    assert [answer.file for answer in answers] == ["2", "3"]


def test_an_answer_is_told_in_a_dict():
    whole = Answer("a.png", reading_of(4)).as_dict()
    assert list(whole) == ["file", "lines", "warnings"]
    assert whole["lines"][0]["text"] == "4"
    assert Answer("a", error="a: no").as_dict() == {"file": "a", "error": "a: no"}
    both = Answer("a.png", reading_of(4), "no copy").as_dict()
    assert both == {**whole, "error": "no copy"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of one process that is renewed when it dies."""
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    settings = {"distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None
        ) as local,
    ):
        yield local.scheduler_address


def test_a_cluster_reads_and_survives_what_dies(cluster):
    check_dead(read_all(FILES, cluster=cluster))


def test_a_cluster_reads_there_with_one_thread_and_from_whole_paths(cluster):
    answers = read_all(["1", "a/2"], cluster=cluster, read=telling)
    told = [answer.reading.warnings for answer in answers]
    assert str(os.getpid()) not in {pid for pid, *_ in told}
    assert {(threads, blas) for _, _, threads, blas, *_ in told} == {("1", "1")}
    assert [path for *_, path, _ in told] == [
        os.path.abspath("1"),
        os.path.abspath("a/2"),
    ]
    assert [answer.file for answer in answers] == ["1", "a/2"]


class Foreign:
    """Something that another machine cannot open."""

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, ("not_installed_there",)


def test_a_cluster_without_what_is_needed_is_one_line(cluster):
    with pytest.raises(
        ReadError, match=r"cluster tcp://.*try the same version"
    ) as told:
        read_all(["1"], cluster=cluster, also=Foreign())
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "silent"])
def test_a_cluster_that_does_not_answer_is_told_soon(monkeypatch, address: str):
    import socket

    pytest.importorskip("distributed")
    monkeypatch.setattr(pools, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        if address == "silent":
            address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(ReadError, match=rf"cluster {address}: .* got none"):
            read_all(["1"], cluster=address)
        assert time.monotonic() - start < 10


def test_a_missing_library_is_told_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed.scheduler", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'byhand\[cluster\]'"):
        read_all(["1"], cluster="tcp://127.0.0.1:1")
