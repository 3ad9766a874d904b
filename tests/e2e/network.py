"""The network between the browser and the server, for tests that break it in the middle."""

import contextlib
import selectors
import socket
import threading

CHUNK = 65536


class Network:
    """Passes TCP connections on to the server's port, until it is cut.

    `cut_after(n)` cuts when the browser has sent so many bytes more; `lose_answers` lets all of them
    through and swallows what the server says, so that the server has the file and nobody knows.
    """

    def __init__(self, port):
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open = set()
        self._left = None
        self._loses_answers = False
        self.is_cut = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut_after(self, sent, *, lose_answers=False):
        with self._lock:
            self._left, self._loses_answers = sent, lose_answers

    def mend(self):
        with self._lock:
            self._left, self._loses_answers = None, False
            self.is_cut.clear()

    def cut(self):
        self.is_cut.set()
        with self._lock:
            for one in self._open:
                # A reset, as when the network goes: no orderly end that would tell of it.
                with contextlib.suppress(OSError):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    one.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def close(self):
        self._listener.close()
        self.cut()

    def _accept(self):
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut.is_set():
                browser.close()
                continue
            threading.Thread(target=self._serve, args=(browser,), daemon=True).start()

    def _serve(self, browser):
        with browser, socket.create_connection(("127.0.0.1", self._to)) as server:
            with self._lock:
                self._open |= {browser, server}
            try:
                self._pass_on(browser, server)
            except OSError:
                pass  # cut, by us or by one of the two
            finally:
                with self._lock:
                    self._open -= {browser, server}

    def _pass_on(self, browser, server):
        with selectors.DefaultSelector() as ready:
            ready.register(browser, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, browser)
            while True:
                for key, _ in ready.select():
                    said = key.fileobj.recv(CHUNK)
                    if not said:
                        return
                    if key.fileobj is browser:
                        self._count(len(said))
                    elif self._loses_answers and self._left is not None and self._left <= 0:
                        self.cut()
                        return
                    if self.is_cut.is_set():
                        return
                    key.data.sendall(said)

    def _count(self, sent):
        with self._lock:
            if self._left is None:
                return
            self._left -= sent
            over = self._left <= 0 and not self._loses_answers
        if over:
            self.cut()
