"""Python starts with this where it finds it: no socket reaches another machine, and who tries is noted in a file."""

import os
import socket

HERE = {"", "localhost", "0.0.0.0", "::", "::1", socket.gethostname()}


def refused(ask, host_of):
    """The same function, for this machine alone."""

    def asked(*arguments, **settings):
        host = host_of(*arguments) or ""
        host = host.decode() if isinstance(host, bytes) else host
        if host in HERE or host.startswith("127."):
            return ask(*arguments, **settings)
        with open(os.environ["ASKED_OUTSIDE"], "a", encoding="utf-8") as file:
            file.write(f"{host}\n")
        raise OSError(f"{host} is another machine")

    return asked


def of_address(_socket, address):
    """The host of a socket's address; none where that is a file."""
    return address[0] if isinstance(address, tuple) else ""


socket.getaddrinfo = refused(socket.getaddrinfo, lambda host, *_: host)
socket.socket.connect = refused(socket.socket.connect, of_address)
socket.socket.connect_ex = refused(socket.socket.connect_ex, of_address)
