"""moto as a server that answers one request at a time, for the tests of the DynamoDB ledger. Prints its URL.

moto's own server has a thread for each request, and a transaction that fails puts back the whole table as it was when
it began, with whatever others wrote in between.
"""

import signal
import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
