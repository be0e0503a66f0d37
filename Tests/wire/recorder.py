"""A subscriber that is not ours."""

import http.server
import json
import threading


class Recorder:
    """An HTTP server that keeps what it is sent."""

    def __init__(self):
        requests = self.requests = []
        recorder = self
        self.status = 200
        self.headers = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                requests.append(("POST", self.path, body))
                recorder.headers.append(dict(self.headers))
                self.send_response(recorder.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                requests.append(("GET", self.path, b""))
                self.send_response(404)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def messages(self, kind):
        bodies = [json.loads(body) for method, _, body in self.requests if method == "POST"]
        return [body for body in bodies if body["Type"] == kind]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
