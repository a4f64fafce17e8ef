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

from byhand import pools
from byhand.errors import ClusterError, MissingExtraError, ModelError, PictureError
from byhand.reading import many, tasks
from byhand.reading.many import read_many
from byhand.reading.result import Digit, Line, Reading
from byhand.reading.tasks import FileResult, unique_names
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


def describing(path: str, **settings: Any) -> Reading:
    """Return where it was read, and how many threads there would be."""
    model = settings.pop("model")
    blas = [pool["num_threads"] for pool in threadpool_info()]
    found = (os.getpid(), id(model), model.threads, max(blas), path, settings)
    return Reading((), tuple(map(str, found)))


def read_all(files: list[Any], **how: Any) -> list[FileResult]:
    results: list[FileResult] = []
    read_many(files, on_result=results.append, **{"read": by_name, **how})
    return results


def outcome(results: list[FileResult]) -> list[str]:
    return [result.reading.text if result.reading else "-" for result in results]


def check_dead(results: list[FileResult], files: list[str]) -> None:
    """Check whether all but what cannot be is read."""
    assert [result.file for result in results] == files
    lost = ("bad", "bug", "dies")
    expected = ["-" if file.startswith(lost) else file[-1] for file in files]
    assert outcome(results) == expected
    errors = {result.file: result.error for result in results if result.error}
    assert errors["bad"] == "bad: expected a picture"
    assert errors["bug"] == (
        "bug: expected to read it, got ZeroDivisionError (division);"
        " try saving it again as PNG"
    )
    for file in set(files) & {"dies-3", "dies-5"}:
        assert errors[file].startswith(f"{file}: expected a result, got none")
        assert "ended suddenly" in errors[file]


def test_in_one_process_a_picture_that_fails_leaves_the_others():
    files = [file for file in FILES if "dies" not in file]
    results = read_all(files, jobs=1)
    assert [result.file for result in results] == files
    assert outcome(results) == ["0", "-", "2", "4", "-", "7", "8", "9"]
    assert [bool(result.error) for result in results] == [
        c == "-" for c in outcome(results)
    ]


def test_a_process_that_dies_takes_no_other_picture_along():
    check_dead(read_all(FILES, jobs=2), FILES)


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


def test_files_done_before_are_left_out_and_known_results_keep_their_place():
    known = FileResult("none/", error="none/: empty")
    results = read_all(["1", known, "2", "3"], done={"2"})
    assert [result.file for result in results] == ["1", "none/", "3"]
    assert results[1] is known


@pytest.mark.parametrize("jobs", [1, 2])
def test_processes_have_one_model_and_one_thread_each(jobs: int):
    results = read_all([str(n) for n in range(6)], jobs=jobs, read=describing)
    warnings = [result.reading.warnings for result in results]
    processes = {pid for pid, *_ in warnings}
    assert len({(pid, model) for pid, model, *_ in warnings}) == len(processes)
    if jobs == 1:
        assert processes == {str(os.getpid())}
        assert {threads for _, _, threads, *_ in warnings} == {"None"}
    else:
        assert str(os.getpid()) not in processes
        assert {(threads, blas) for _, _, threads, blas, *_ in warnings} == {("1", "1")}


@pytest.mark.parametrize(("count", "here"), [(8, True), (9, False)])
def test_few_pictures_are_read_here_and_many_in_processes(monkeypatch, count, here):
    monkeypatch.setattr(many, "available_threads", lambda: 2)
    results = read_all([str(n) for n in range(count)], read=describing)
    processes = {result.reading.warnings[0] for result in results}
    assert (processes == {str(os.getpid())}) is here


def working_folder(path: str, **settings: Any) -> Reading:
    return Reading((), (os.getcwd(),))


def test_processes_of_an_earlier_run_read_in_the_folder_of_this_one(
    tmp_path: Path, monkeypatch
):
    read_all(["1", "2"], jobs=2)
    monkeypatch.chdir(tmp_path)
    results = read_all(["1", "2"], jobs=2, read=working_folder)
    folders = {Path(result.reading.warnings[0]).resolve() for result in results}
    assert folders == {tmp_path.resolve()}


def test_a_model_is_opened_again_in_each_run(monkeypatch):
    opened = []
    load = tasks.load
    monkeypatch.setattr(tasks, "load", lambda file: opened.append(file) or load(file))
    read_all(["1", "2"])
    read_all(["3"])
    assert opened == [None, None]


def test_settings_reach_the_reader():
    [result] = read_all(["1"], read=describing, settings={"lines": 3})
    assert result.reading.warnings[-2:] == ("1", "{'lines': 3}")


def test_without_another_reader_it_is_byhands_own(monkeypatch):
    monkeypatch.setattr("byhand.reading.reader.read", by_name)
    assert outcome(read_all(["5"], read=None)) == ["5"]


def test_a_bad_model_file_is_an_error_at_once(tmp_path):
    with pytest.raises(ModelError):
        read_all(["1"], model=tmp_path / "none.safetensors", jobs=2)


def test_what_is_done_after_reading_gets_a_name_of_its_own(tmp_path):
    def after_read(
        file: str, reading: Reading, name: str, settings: dict[str, Any]
    ) -> None:
        if file == "bad/1":
            raise OSError(28, "No space left", "a/copy")
        (tmp_path / name).write_text(f"{file} {reading.text} {sorted(settings)}")

    files = ["a/1", "b/1", "bad/1"]
    results = read_all(
        files, jobs=2, after_read=after_read, settings={"lines": 2}, done={"a/1"}
    )
    assert outcome(results) == ["1"] * 2
    assert [result.error for result in results] == ["", "a/copy: No space left"]
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
def test_files_of_one_name_are_numbered(files: list[str], names: list[str]):
    assert unique_names(files) == names


@pytest.mark.parametrize("end", [KeyboardInterrupt, ClusterError])
def test_results_waiting_for_earlier_ones_survive_the_end_of_a_run(monkeypatch, end):
    @contextmanager
    def ending(jobs: int) -> Iterator[pools.Pool]:
        def run(work, tasks, common):
            for task in list(tasks)[:0:-1]:
                yield task.number, FileResult(task.file, reading_of(0))
            raise end

        yield pools.Pool(run, RuntimeError)

    monkeypatch.setattr(pools, "on_cores", ending)
    results: list[FileResult] = []
    with pytest.raises(end):
        read_many(["1", "2", "3"], on_result=results.append, jobs=2)
    assert [result.file for result in results] == ["2", "3"]


def test_a_result_as_a_dict_has_the_reading_and_the_error():
    complete = FileResult("a.png", reading_of(4)).as_dict()
    assert list(complete) == ["file", "lines", "warnings"]
    assert complete["lines"][0]["text"] == "4"
    assert FileResult("a", error="a: no").as_dict() == {"file": "a", "error": "a: no"}
    both = FileResult("a.png", reading_of(4), "no copy").as_dict()
    assert both == {**complete, "error": "no copy"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of one process that is renewed when it dies."""
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    settings = {"distributed.scheduler.allowed-failures": 0}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0"
        ) as local,
    ):
        yield local.scheduler_address


def test_a_cluster_reads_and_survives_what_dies(cluster):
    files = [file for file in FILES if file != "dies-5"]  # a new worker takes seconds
    check_dead(read_all(files, cluster=cluster), files)


def test_a_cluster_reads_there_with_one_thread_and_from_absolute_paths(cluster):
    results = read_all(["1", "a/2"], cluster=cluster, read=describing)
    warnings = [result.reading.warnings for result in results]
    assert str(os.getpid()) not in {pid for pid, *_ in warnings}
    assert {(threads, blas) for _, _, threads, blas, *_ in warnings} == {("1", "1")}
    assert [path for *_, path, _ in warnings] == [
        os.path.abspath("1"),
        os.path.abspath("a/2"),
    ]
    assert [result.file for result in results] == ["1", "a/2"]


class Foreign:
    """Something that another machine cannot open."""

    def __reduce__(self) -> tuple[Any, ...]:
        return importlib.import_module, ("not_installed_there",)


def test_a_cluster_without_what_is_needed_is_one_line(cluster):
    with pytest.raises(
        ClusterError, match=r"cluster tcp://.*try the same version"
    ) as raised:
        read_all(["1"], cluster=cluster, after_read=Foreign())
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "silent"])
def test_a_cluster_that_does_not_answer_is_an_error_soon(monkeypatch, address: str):
    import socket

    pytest.importorskip("distributed")
    monkeypatch.setattr(pools, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        if address == "silent":
            address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(ClusterError, match=rf"cluster {address}: .* got none"):
            read_all(["1"], cluster=address)
        assert time.monotonic() - start < 10


def test_a_missing_library_is_an_error_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed.scheduler", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'byhand\[cluster\]'"):
        read_all(["1"], cluster="tcp://127.0.0.1:1")
