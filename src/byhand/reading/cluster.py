"""joblib's way to a Dask cluster, made to survive the end of a worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from distributed import Client
from joblib._dask import DaskDistributedBackend

from byhand.errors import ReadError


class DaskBackend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's own backend, with three changes.

    joblib's tells nobody when a task has failed for good, and waits for it for ever
    (1.4 to 1.6). What it no longer wants it leaves to the cluster to do, where it may
    end a worker while that reads something else. And on a cluster of one processor it
    would do the work right here.
    """

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        """Send a batch of tasks; the callback gets its results, or its exception."""
        future = super().submit(func, callback)

        def tell(ended: Any) -> None:
            if callback and ended.exception():
                callback(ended.exception())

        future.add_done_callback(tell)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        """Return a batch's results, or raise its exception."""
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Forget all tasks that were sent, and have the cluster forget them."""
        for future in list(self._results):
            future.release()
        super().abort_everything(ensure_ready)

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return how many tasks run at once, at least 2: for 1, joblib asks nobody."""
        found: int = super().effective_n_jobs(n_jobs)
        return max(2, found)


class ImpatientClient(Client):  # type: ignore[misc]
    """A client that waits for no scheduler longer than it was told to."""

    def start(self, **settings: Any) -> None:
        """Connect; distributed's own would wait for ever for one that is silent."""
        super().start(callback_timeout=settings["timeout"], **settings)

    def __del__(self) -> None:
        """Do not wait once more: it is closed where it was opened."""


def connected(address: str, seconds: float) -> Client:
    """Return a client of the scheduler at an address, once it has a worker.

    Raises:
        ReadError: neither is there within so many seconds.
    """
    client = None
    try:
        client = ImpatientClient(address, timeout=seconds, set_as_default=False)
        client.wait_for_workers(1, timeout=seconds)
    except Exception as error:  # OSError, ValueError, TimeoutError and others
        if client:
            client.close(timeout=seconds)
        got = "one without workers" if client else "none"
        raise ReadError(
            f"cluster {address}: expected a Dask scheduler with workers, got {got};"
            " try an address such as tcp://host:8786"
        ) from error
    return client
