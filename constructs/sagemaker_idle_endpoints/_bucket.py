"""The bucket of reports, in which a day's work is also kept, under a prefix that the function alone may write."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from botocore.exceptions import ClientError

from sagemaker_idle_endpoints._clients import Client
from sagemaker_idle_endpoints.reading._refusals import REFUSALS, error_code, was_certainly_not_done

REPORTS = "reports"
STATE = "state"
_BEGUN, _FAILED = {"step": "begun"}, {"step": "failed"}
_EXISTS = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


@dataclass(frozen=True)
class Bucket:
    """JSON under keys; `s3` is a client of the bucket's own account."""

    s3: Client
    name: str

    def put(self, key: str, body: str, content_type: str = "application/json") -> str:
        """Write an object and return its address."""
        self.s3.put_object(Bucket=self.name, Key=key, Body=body.encode(), ContentType=content_type)
        return f"s3://{self.name}/{key}"

    def put_new(self, key: str, body: str) -> bool:
        """Write an object only if there is none; whether it was written."""
        try:
            self.s3.put_object(
                Bucket=self.name, Key=key, Body=body.encode(), ContentType="application/json", IfNoneMatch="*"
            )
        except ClientError as error:
            if error_code(error) in _EXISTS:
                return False
            raise
        return True

    def read(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """What an object holds."""
        return json.loads(self.s3.get_object(Bucket=self.name, Key=key)["Body"].read())

    def read_or_begin(self, key: str, first: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """What an object holds, which is begun with `first`.

        Reading one that is not there is denied to whoever may not list the bucket, so it is written first.
        """
        return dict(first) if self.put_new(key, json.dumps(first)) else self.read(key)


@dataclass(frozen=True)
class Day:
    """What is done for an account at most once a day, whoever runs it and how often."""

    bucket: Bucket
    account: str
    date: date
    again: bool = False
    """A person asks for it once more."""

    def finished(self) -> Any:  # noqa: ANN401 - JSON
        """The summary of this day's run, None while there is none."""
        kept = self.bucket.read_or_begin(self._key("run"), {})
        return None if self.again else kept.get("summary")

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Keep that all is done."""
        self.bucket.put(self._key("run"), json.dumps({"summary": summary}))

    def begin(self, actions: Mapping[str, str]) -> dict[str, str]:
        """Keep what is about to be done, in words by ARN, and return what was kept before of this day.

        A run that is killed after it acted tells nobody: the next one finds here what to tell.
        """
        key = self._key("actions")
        earlier: dict[str, str] = self.bucket.read_or_begin(key, actions)
        if not actions.items() <= earlier.items():
            self.bucket.put(key, json.dumps({**earlier, **actions}))
        return earlier

    def once(self, step: str, do: Callable[[], object]) -> bool:
        """Do a step unless it was begun before; whether it was done now.

        A run that is killed while it does the step, or gets no answer, may have done it: it is not done again. What
        AWS refused, or was never reached for, was not done, and is done by the next run.
        """
        key = self._key(step)
        is_first = self.bucket.put_new(key, json.dumps(_BEGUN))
        if not is_first and not self.again and self.bucket.read(key) != _FAILED:
            return False
        if not is_first:
            self.bucket.put(key, json.dumps(_BEGUN))
        try:
            do()
        except REFUSALS as error:
            if was_certainly_not_done(error):
                self.bucket.put(key, json.dumps(_FAILED))
            raise
        return True

    def _key(self, step: str) -> str:
        return f"{STATE}/runs/{self.date}/{self.account}/{step}.json"
