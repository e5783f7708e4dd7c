"""Many calls at once, their answers in order, and never more of them under way than there are workers."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

WORKERS = 8
"""Calls under way at once. botocore's connections are ten a client unless told otherwise."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def in_parallel(ask: Callable[[Asked], Answer], questions: Iterable[Asked]) -> Iterator[Answer]:
    """Answer questions as they are taken: `Executor.map` would take all of them, and keep all the answers."""
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="idle-endpoints") as pool:
        under_way: deque[Future[Answer]] = deque()
        for question in questions:
            if len(under_way) == WORKERS:
                yield under_way.popleft().result()
            under_way.append(pool.submit(ask, question))
        while under_way:
            yield under_way.popleft().result()
