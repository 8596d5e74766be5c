"""A Hugging Face of the tests' own on loopback, which the real client talks to."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has, and what it shall do wrong."""

    files: dict[str, dict[str, bytes]] = field(
        default_factory=dict
    )  # repository -> name -> content
    wrong_checksum: bool = False
    break_after: int = 0  # bytes, after which the connection is closed, again and again
    status: int = 0  # answered to everything, if set
    sizes: dict[str, int] = field(default_factory=dict)  # told instead of the real ones
    asked: list[tuple[str, str]] = field(default_factory=list)  # (path, range)
    address: str = ""

    def checksum(self, content: bytes) -> str:
        return hashlib.sha256(content + b"!" * self.wrong_checksum).hexdigest()

    def describe(self, repository: str) -> dict[str, Any]:
        siblings = [
            {
                "rfilename": name,
                "size": self.sizes.get(name, len(content)),
                "blobId": "b" * 40,
                "lfs": {
                    "sha256": self.checksum(content),
                    "size": self.sizes.get(name, len(content)),
                    "pointerSize": 134,
                },
            }
            for name, content in self.files[repository].items()
        ]
        return {"id": repository, "modelId": repository, "sha": REVISION, "siblings": siblings}


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """The tests' output stays clean."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((f"{self.command} {path}", self.headers.get("Range", "")))
        if self.hub.status:
            return self._answer(self.hub.status, b"{}")
        if described := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/[^/]+)?", path):
            if described[1] in self.hub.files:
                return self._answer(200, json.dumps(self.hub.describe(described[1])).encode())
            return self._answer(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        resolved = re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path)
        content = self.hub.files.get(resolved[1], {}).get(resolved[2]) if resolved else None
        if content is None:
            return self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        return self._send_file(content)

    def _send_file(self, content: bytes) -> None:
        etag = f'"{self.hub.checksum(content)}"'
        told = {"X-Repo-Commit": REVISION, "ETag": etag, "Accept-Ranges": "bytes"}
        start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(start[1]) if start else 0
        if start:
            told["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        self._answer(206 if start else 200, content[begin:], told)

    def _answer(self, status: int, body: bytes, told: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(told or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        limit = self.hub.break_after
        self.wfile.write(body[:limit] if limit else body)
        if limit and len(body) > limit:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` while the block runs; its address is in `hub.address`."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
