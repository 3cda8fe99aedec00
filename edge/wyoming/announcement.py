"""The server tells its network that it is there: service discovery over multicast DNS (RFC 6762, RFC 6763)."""

import socket
from ipaddress import ip_address
from types import TracebackType
from typing import Final

from edge.errors import HarkError, lacking

SERVICE: Final = "_wyoming._tcp.local."

EVERYWHERE: Final = {"0.0.0.0": 4, "::": 6}  # noqa: S104 -- compared, not bound
"""Addresses that stand for all of a version of the protocol, of which the other one is not served."""


class Announcement:
    """An asynchronous context manager: announced while it is entered, and withdrawn at the end.

    Args:
        host: the address that the server listens on, to whose network alone it is announced; "0.0.0.0" or "::": to all.
        port: the port that it listens on.

    Raises:
        HarkError: the package zeroconf is not installed, or there is no network to announce it to.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            from zeroconf import ServiceInfo
        except ModuleNotFoundError:
            raise HarkError(lacking("zeroconf", "announce")) from None
        self._interfaces = _addresses(EVERYWHERE[host]) if host in EVERYWHERE else [host]
        if not self._interfaces:
            raise HarkError("cannot announce the server, as this machine has no network: leave out --announce")
        # A name of this kind has no more bytes.
        name = f"hark on {socket.gethostname()}".encode()[:63].decode(errors="ignore")
        self._info = ServiceInfo(SERVICE, f"{name}.{SERVICE}", port=port, parsed_addresses=self._interfaces)

    async def __aenter__(self) -> "Announcement":
        from zeroconf import Error
        from zeroconf.asyncio import AsyncZeroconf

        try:
            self._zeroconf = AsyncZeroconf(interfaces=self._interfaces)
            await (await self._zeroconf.async_register_service(self._info, allow_name_change=True))
        except (OSError, RuntimeError, Error) as error:  # RuntimeError: no network has that address.
            raise HarkError(f"cannot announce the server ({error}): leave out --announce") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._zeroconf.async_unregister_all_services()
        await self._zeroconf.async_close()


def _addresses(version: int) -> list[str]:
    """Of this machine, as others reach it: of version 4 or 6 of the protocol."""
    import ifaddr

    known = (
        ip_address(one.ip if isinstance(one.ip, str) else one.ip[0]) for a in ifaddr.get_adapters() for one in a.ips
    )
    own = [one for one in known if one.version == version and not one.is_loopback]
    # One of version 6 that holds on its own link alone says nothing without the name of that link.
    return [str(one) for one in own if version == 4 or not one.is_link_local]
