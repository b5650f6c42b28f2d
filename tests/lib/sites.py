# SPDX-License-Identifier: Apache-2.0
"""HTTP servers on 127.0.0.1 for what the daemon calls: they note what they are asked, and
answer what the test says, by path."""
import collections
import http.server
import json
import select
import socket
import threading

Asked = collections.namedtuple("Asked", "method path headers body")


def _left(connection):
    """Whether the client has closed its side."""
    readable, _, _ = select.select([connection], [], [], 0)
    try:
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def _as_bytes(content):
    return content if isinstance(content, bytes) else json.dumps(content).encode()


class Site:
    """`asked` are the requests in their order; `left` those whose client went away before the
    answer. While `held` is cleared, answers wait. `tls` is an ssl.SSLContext."""

    def __init__(self, tls=None):
        self.asked, self.left, self.answers, self.held = [], [], {}, threading.Event()
        self.held.set()
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                asked = Asked(self.command, self.path, dict(self.headers), body)
                site.asked.append(asked)
                while not site.held.wait(0.02):
                    if _left(self.connection):
                        site.left.append(asked)
                        self.close_connection = True
                        return
                status, headers, content = site._answer(asked)
                try:
                    self.send_response(status)
                    for name, value in {"content-type": "application/json", **headers}.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    pass  # whoever asked is gone

            do_GET = do_POST = do_PUT = do_HEAD = answer

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass  # a handshake that fails

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _answer(self, asked):
        answers = self.answers.get(asked.path.split("?")[0], [(404, {}, b"")])
        if callable(answers):
            status, headers, content = answers(asked)
        else:
            status, headers, content = answers.pop(0) if len(answers) > 1 else answers[0]
        return status, headers, _as_bytes(content(asked) if callable(content) else content)

    def says(self, path, *answers):
        """Answers in turn, the last again and again: (status, headers, content), content bytes,
        JSON, or a function of what was asked."""
        self.answers[path] = list(answers)

    def on(self, path, function):
        """Each answer is what the function makes of what was asked."""
        self.answers[path] = function

    def of(self, path):
        """What was asked of one path."""
        return [asked for asked in self.asked if asked.path.split("?")[0] == path]

    def close(self):
        self.held.set()
        self.server.shutdown()
        self.server.server_close()


def echo(asked):
    """The content of an answer that says back what came."""
    return {"method": asked.method, "path": asked.path, "headers": asked.headers, "body": asked.body.decode()}
