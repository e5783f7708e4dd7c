"""Who called what, and the calls under /_embedded/ that no AWS has: for tests only."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http import HTTPStatus
from threading import Lock
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

TEST_ONLY = "/_embedded/"

Backdate = Callable[[str, str, float], None]  # endpoint name, region, days


@dataclass(frozen=True)
class Call:
    """An operation that an access key asked for; the names are botocore's ("sagemaker", "ListEndpoints")."""

    access_key_id: str
    service: str
    operation: str


class Calls:
    """The calls that were made, each kind once with how many times: memory does not grow with the traffic."""

    def __init__(self) -> None:
        self._times: Counter[Call] = Counter()
        self._lock = Lock()

    def record(self, call: Call) -> None:
        """Count one call."""
        with self._lock:
            self._times[call] += 1

    def times(self, access_key_id: str | None = None) -> dict[Call, int]:
        """How often each call was made, in the order of its first time; of one access key or of all."""
        with self._lock:
            return {
                call: times
                for call, times in self._times.items()
                if access_key_id is None or call.access_key_id == access_key_id
            }

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._times.clear()


class TestOnlyApi:
    """What /_embedded/ answers.

    GET or DELETE calls[?access_key_id=…], POST endpoints/NAME/backdate {"days": 30, "region": "us-east-1"}.
    """

    __test__ = False  # pytest would collect it

    def __init__(self, calls: Calls, backdate: Backdate) -> None:
        self._calls = calls
        self._backdate = backdate

    def answer(self, request: Request) -> Response:
        """Answer; what is not known is refused by name."""
        path = [unquote(part) for part in request.path.removeprefix(TEST_ONLY).split("/")]
        match request.method, path:
            case "GET", ["calls"]:
                times = self._calls.times(request.args.get("access_key_id"))
                return _json([{**asdict(call), "times": count} for call, count in times.items()])
            case "DELETE", ["calls"]:
                self._calls.clear()
                return _json({})
            case "POST", ["endpoints", name, "backdate"]:
                return self._backdated(name, request)
        return _json(
            {"message": f"{request.method} {request.path} is not a call of {TEST_ONLY}"}, HTTPStatus.NOT_FOUND
        )

    def _backdated(self, name: str, request: Request) -> Response:
        try:
            asked = json.loads(request.get_data())
            self._backdate(name, str(asked["region"]), float(asked["days"]))
        except (KeyError, TypeError, ValueError) as error:
            told = (
                f"endpoint {name} was not backdated ({error!r}); the body is {{'days': 30, 'region': 'us-east-1'}}"
            )
            return _json({"message": told}, HTTPStatus.BAD_REQUEST)
        return _json({})


def _json(body: object, status: int = HTTPStatus.OK) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
