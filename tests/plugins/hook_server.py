"""An HTTP server on loopback that receives webhooks: keeps each request, answers by path, knows a good signature."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time


class Hook:
    """One request: `path`, header fields by lower-case name, `body`, and when it came."""

    def __init__(self, path, fields, body):
        self.path, self.fields, self.body = path, fields, body
        self.at = time.monotonic()

    @property
    def id(self):
        return self.fields["webhook-id"]

    @property
    def event(self):
        return json.loads(self.body)

    def is_signed_by(self, secret):
        """As https://www.standardwebhooks.com has it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.fields['webhook-timestamp']}.".encode() + self.body
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        fresh = abs(time.time() - int(self.fields["webhook-timestamp"])) < 300
        return fresh and wanted in self.fields["webhook-signature"].split(" ")


class HookServer:
    """`answers`: for each path, function(number) -> status or (status, fields), the number counting its requests from 0."""

    def __init__(self, answers, patience=60):
        self.answers, self.patience = answers, patience
        self.hooks, self._changed = [], threading.Condition()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                number = outer._keep(Hook(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                answer = outer.answers[self.path](number)
                status, fields = answer if isinstance(answer, tuple) else (answer, {})
                try:
                    self.send_response(status)
                    for name, value in fields.items():
                        self.send_header(name, value)
                    self.send_header("content-length", "0")
                    self.end_headers()
                except OSError:  # the sender has given up
                    pass

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _keep(self, hook):
        with self._changed:
            number = len(self._at(hook.path))
            self.hooks.append(hook)
            self._changed.notify_all()
            return number

    def _at(self, path):
        return [hook for hook in self.hooks if hook.path == path]

    def received(self, path, count=1):
        """The requests for that path, once there are so many."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._at(path)) >= count, self.patience):
                raise AssertionError(f"wanted {count} requests for {path} within {self.patience} s, found {len(self._at(path))}")
            return self._at(path)

    def webhooks(self, path, count):
        """The ids of what came for that path, once there are so many different ones."""
        different = lambda: {hook.id for hook in self._at(path)}
        with self._changed:
            if not self._changed.wait_for(lambda: len(different()) >= count, self.patience):
                raise AssertionError(f"wanted {count} webhooks for {path} within {self.patience} s, found {len(different())}")
            return different()

    def so_far(self, path):
        with self._changed:
            return self._at(path)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
