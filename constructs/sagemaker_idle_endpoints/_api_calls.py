from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.client import BaseClient
    from botocore.model import OperationModel

# botocore emits this once for each operation that a client is asked for, so once a page. Retries are
# not counted: they come later, in the endpoint, as further "before-send" events. "before-call" would fire
# as often, but a handler that answers it (botocore's Stubber does) keeps it from those behind.
_EVENT = "before-parameter-build"


@contextmanager
def counting_calls(*clients: BaseClient) -> Iterator[Counter[str]]:
    """Count the API calls that clients make inside the `with`, by operation ("ListEndpoints": 2).

    A page counts as one call; the retries of a call are not counted.
    """
    calls: Counter[str] = Counter()
    lock = Lock()

    def count(model: OperationModel, **_: object) -> None:
        with lock:  # several threads share a client
            calls[model.name] += 1

    for client in clients:
        client.meta.events.register(_EVENT, count)
    try:
        yield calls
    finally:
        for client in clients:
            client.meta.events.unregister(_EVENT, count)
