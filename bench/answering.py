"""A platform that answers each post after some time: python -m bench.answering SECONDS."""

from __future__ import annotations

import itertools
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_IDS = itertools.count(1_000_000)


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    delay = 0.1

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.delay)
        body = json.dumps({"data": {"id": str(next(_IDS)), "text": sent["text"]}}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


def main() -> None:
    _Answering.delay = float(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
