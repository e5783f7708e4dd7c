"""No packet leaves the loopback interface, in words that the interpreter keeps.

Stdlib only: the process that runs a deployed Lambda loads this file by its path.
"""

import ipaddress
import sys
from collections.abc import Callable

# Python's audit events, by where the host stands in their arguments.
_ASKING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_REACHING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


def is_loopback(host: object) -> bool:
    """Whether a host, by name or by address, is this machine itself."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is None or name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def stay_on_loopback(applies: Callable[[], bool]) -> None:
    """From now on, refuse to connect elsewhere or to ask for another name's address, whenever `applies()`.

    An audit hook stays until the process ends; so call this once a process.
    """
    asking, reaching = _ASKING, _REACHING  # the hook outlives the module's own names

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in asking:
            host: object = arguments[0]
        elif event in reaching:
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else address
        else:
            return
        if applies() and not is_loopback(host):
            raise PermissionError(
                f"the embedded AWS does not leave the loopback interface: refused to reach {host!r}"
            )

    sys.addaudithook(hook)
