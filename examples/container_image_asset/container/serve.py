"""The least that SageMaker takes for a container: it is well, and it answers the mean of the numbers it is sent."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import fmean


class Model(BaseHTTPRequestHandler):
    """GET /ping and POST /invocations."""

    def do_GET(self) -> None:
        """Answer the health check."""
        self._answer(200 if self.path == "/ping" else 404, {})

    def do_POST(self) -> None:
        """Answer a request, ``[1, 2, 3]``."""
        numbers = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(200, {"mean": fmean(numbers)})

    def _answer(self, status: int, body: dict[str, float]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8080), Model).serve_forever()
