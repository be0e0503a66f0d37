"""moto as a server that answers one request at a time, for the tests of the DynamoDB ledger. Prints its URL.

moto's own server has a thread for each request, and a transaction that fails puts back the whole table as it was when
it began, with whatever others wrote in between.

With --end-with-standard-input it ends when that does, and not by Ctrl-C: whoever uses it has to end first.
"""

import os
import signal
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


def end_with_standard_input():
    while os.read(sys.stdin.fileno(), 65536):
        pass
    os._exit(0)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if "--end-with-standard-input" in sys.argv:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=end_with_standard_input, daemon=True).start()
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
