"""Addresses and names: where the workbench listens, and under which names it may be asked."""

import ipaddress
import socket

from usephase.errors import CommandError

BACKLOG = 100


def listen(host: str, port: int) -> socket.socket:
    """Take a port, any free one for 0.

    Raises
    ------
    CommandError
        If it is taken, or the machine has no such address.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(BACKLOG)  # from here on a browser may come: it waits until the pages are ready
        except OSError:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:
        fix = "give another --port or --host"
        raise CommandError(
            f"{host}:{port}: cannot listen ({getattr(error, 'strerror', None) or error}) → {fix}"
        ) from error
    return bound


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_open(host: str) -> bool:
    """Tell whether an address stands for every address of the machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host == ""


def shown_host(host: str) -> str:
    """Give a name under which a server that is bound to an address is found."""
    return socket.gethostname() if is_open(host) else host


def names_of(host: str) -> set[str]:
    """Give the names of a server that is bound to an address."""
    loopback = {"127.0.0.1", "localhost", "::1"}
    if is_open(host):
        return loopback | {socket.gethostname().lower()}
    return loopback | {host.lower()} if is_loopback(host) else {host.lower()}


def split_host(host: str) -> tuple[str, str]:
    """Split a Host header into name and port; the port is 80 if none is written."""
    name, colon, port = host.strip().lower().rpartition(":")
    if not colon or "]" in port:
        name, port = host.strip().lower(), "80"
    return name.removeprefix("[").removesuffix("]"), port


def is_plain_address(name: str) -> bool:
    """Tell whether a name is a plain address: no name server can point it elsewhere."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def bracketed(host: str) -> str:
    """Write an address as it stands in front of a port."""
    return f"[{host}]" if ":" in host else host
