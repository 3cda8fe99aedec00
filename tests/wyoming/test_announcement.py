"""The server is found on its network while it serves, and not afterwards; on loopback, so nobody else hears of it."""

import asyncio
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.errors import HarkError
from edge.wyoming.announcement import SERVICE, Announcement
from tests.alerts.making import eventually
from tests.wyoming.peers import program

pytest.importorskip("zeroconf", reason="the package zeroconf is not installed")
from zeroconf import ServiceBrowser, ServiceListener, Zeroconf


class Listener(ServiceListener):
    """What is there now: ports by name."""

    def __init__(self) -> None:
        self.ports: dict[str, int | None] = {}

    def add_service(self, network: Zeroconf, kind: str, name: str) -> None:
        if info := network.get_service_info(kind, name):
            self.ports[name] = info.port

    def update_service(self, network: Zeroconf, kind: str, name: str) -> None:
        self.add_service(network, kind, name)

    def remove_service(self, network: Zeroconf, kind: str, name: str) -> None:  # noqa: ARG002
        self.ports.pop(name, None)


def test_it_is_found_while_it_serves_and_withdrawn_at_the_end(configuration: Path, tmp_path: Path) -> None:
    listener = Listener()
    with Zeroconf(interfaces=["127.0.0.1"]) as network:
        ServiceBrowser(network, SERVICE, listener)
        with program(configuration, tmp_path / "log", "--announce") as (child, (_, port)):
            assert eventually(lambda: list(listener.ports.values()) == [port], 30)
            (name,) = listener.ports
            assert name.startswith("hark on ")
            child.send_signal(signal.SIGTERM)
            assert child.wait(20) == 0
        assert eventually(lambda: not listener.ports, 30)


# zeroconf leaves a socket behind where it finds no network.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("host", "problem"), [("192.0.2.7", "leave out --announce"), ("2001:db8::7", "leave out --announce"), ("::", "")]
)
def test_an_address_that_no_network_has_is_an_error_and_any_is_all(
    host: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.wyoming.announcement._addresses", lambda version: {6: ["::1"]}[version])
    monkeypatch.setattr("socket.gethostname", lambda: "a-name-of-more-letters-than-a-label-holds" * 2)

    async def announce() -> str:
        try:
            async with Announcement(host, 10_400):
                return ""
        except HarkError as error:
            return str(error)

    assert problem in asyncio.run(announce())


@pytest.mark.parametrize(("host", "announced"), [("0.0.0.0", ["192.0.2.2"]), ("::", ["2001:db8::2"])])  # noqa: S104
def test_it_is_found_at_the_addresses_that_are_served(
    host: str, announced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ips = ["127.0.0.1", "192.0.2.2", ("::1", 0, 0), ("2001:db8::2", 0, 0), ("fe80::2", 0, 4)]
    card = SimpleNamespace(ips=[SimpleNamespace(ip=ip) for ip in ips])
    monkeypatch.setattr("ifaddr.get_adapters", lambda: [card])
    assert Announcement(host, 10_400)._info.parsed_addresses() == announced


def test_a_machine_without_a_network_cannot_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ifaddr.get_adapters", lambda: [SimpleNamespace(ips=[SimpleNamespace(ip="127.0.0.1")])])
    with pytest.raises(HarkError, match="has no network: leave out --announce"):
        Announcement("0.0.0.0", 10_400)  # noqa: S104


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(HarkError, match=r"pip install '\.\[announce\]'"):
        Announcement("127.0.0.1", 10_400)
