"""joblib's backend for a Dask cluster, made to survive the end of a worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from distributed import Client
from joblib._dask import DaskDistributedBackend

from byhand.errors import ClusterError


class DaskBackend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's own backend, with three changes.

    When a task has failed for good, joblib's own (1.5 and 1.6) waits for it for ever.
    Tasks that it no longer needs stay on the cluster, where one may end a worker while
    that reads something else. And for a cluster of one processor it would do the work
    in this process.
    """

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        """Send a batch of tasks; the callback gets its results, or its exception."""
        future = super().submit(func, callback)

        def pass_exception(ended: Any) -> None:
            if callback and ended.exception():
                callback(ended.exception())

        future.add_done_callback(pass_exception)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        """Return a batch's results, or raise its exception."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Forget all tasks that were sent, here and on the cluster."""
        for future in list(self._results):
            future.release()
        super().abort_everything(ensure_ready)

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return how many tasks run at once, at least 2: joblib would run 1 here."""
        found: int = super().effective_n_jobs(n_jobs)
        return max(2, found)


class ImpatientClient(Client):  # type: ignore[misc]
    """A client that waits for a scheduler no longer than its timeout."""

    def start(self, **settings: Any) -> None:
        """Connect; distributed's own would wait for ever for a silent scheduler."""
        super().start(callback_timeout=settings["timeout"], **settings)

    def __del__(self) -> None:
        """Do not wait again: the client is closed where it was opened."""


def connect(address: str, seconds: float) -> Client:
    """Return a client of the scheduler at an address, once it has a worker.

    Raises:
        ClusterError: there is no scheduler, or no worker, within that time.
    """
    client = None
    try:
        client = ImpatientClient(address, timeout=seconds, set_as_default=False)
        client.wait_for_workers(1, timeout=seconds)
    except Exception as error:  # OSError, ValueError, TimeoutError and others
        if client:
            client.close(timeout=seconds)
        got = "one without workers" if client else "none"
        raise ClusterError(
            f"cluster {address}: expected a Dask scheduler with workers, got {got};"
            " try an address such as tcp://host:8786"
        ) from error
    return client
