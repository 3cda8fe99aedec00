"""Downloads that survive an interrupted line: they go on where they stopped and are checked at the end."""

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Literal, TypeAlias

from edge.errors import DataError, HarkError, OutputError

CHUNK = 1 << 20
TIMEOUT_SECONDS = 60.0
ATTEMPTS = 5

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes there will be, None where the server does not say."""


def unseen(_there: int, _total: int | None) -> None:
    """Shows no progress."""


class DownloadError(HarkError):
    """A server is out of reach, refuses, or keeps breaking off."""

    exit_code = 69


class _BrokenOffError(Exception):
    """The transfer ended early; another attempt may go on from there."""


class _AlreadyWholeError(Exception):
    """The part left behind is the whole file."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a file's content must hash to."""

    algorithm: Literal["md5", "sha256"]
    digest: str
    """Lower-case hexadecimal."""

    @classmethod
    def of(cls, path: Path, algorithm: Literal["md5", "sha256"] = "sha256") -> "Checksum":
        """The checksum of a file."""
        digest = hashlib.new(algorithm, usedforsecurity=False)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return cls(algorithm, digest.hexdigest())


def download(
    address: str,
    path: Path,
    checksum: Checksum | None = None,
    progress: Progress = unseen,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Downloads a file; a part that an earlier call left behind is not fetched again.

    Args:
        address: An http or https address.
        path: The file to write; until it is whole it is called `path`.part.
        checksum: What the file must hash to, if that is known.
        progress: Told of every chunk.
        pause: Waits the given seconds between attempts.

    Raises:
        DownloadError: The server is out of reach, refuses, or broke off ATTEMPTS times.
        DataError: The file is not the one that the checksum names.
        OutputError: The file cannot be written.
    """
    if not address.startswith(("http://", "https://")):
        raise DownloadError(f"{address} is not an http or https address")
    part = path.with_name(f"{path.name}.part")
    if not path.exists():
        _fetch_patiently(address, part, progress, pause)
    whole = path if path.exists() else part
    if checksum is not None:
        _verify(whole, checksum, address)
    whole.rename(path)


def _verify(path: Path, expected: Checksum, address: str) -> None:
    actual = Checksum.of(path, expected.algorithm)
    if actual != expected:
        path.unlink()
        raise DataError(
            f"{address} gave a file with {actual.algorithm} {actual.digest} instead of {expected.digest}; "
            "it was deleted: try again, and if that persists, the publisher changed it"
        )


def _fetch_patiently(address: str, part: Path, progress: Progress, pause: Callable[[float], None]) -> None:
    for attempt in range(ATTEMPTS):
        try:
            _fetch_rest(address, part, progress)
        except _BrokenOffError as error:
            reason = error
            pause(2.0**attempt)
        else:
            return
    if part.stat().st_size:
        raise DownloadError(f"{address}: {reason}; {part} holds what arrived, and another call goes on from there")
    part.unlink()
    raise DownloadError(f"{address}: {reason}")


def _fetch_rest(address: str, part: Path, progress: Progress) -> None:
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file, _ask_from(address, file.tell()) as response:
            there, total = _position(response)
            file.truncate(there)
            for chunk in _chunks(response):
                file.write(chunk)
                there += len(chunk)
                progress(there, total)
    except _AlreadyWholeError:
        return
    except OSError as error:
        raise OutputError(f"{part} cannot be written: {error.strerror}") from None
    if total is not None and there < total:
        raise _BrokenOffError(f"the transfer ended after {there} of {total} bytes")


def _ask_from(address: str, start: int) -> http.client.HTTPResponse:
    headers = {"Range": f"bytes={start}-"} if start else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - download() checked the scheme
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310
    except urllib.error.HTTPError as error:
        with error:
            raise _meaning(error, address, start) from None
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(_reason(error)) from None
    return response


def _meaning(error: urllib.error.HTTPError, address: str, start: int) -> Exception:
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return _not_beyond(error.headers.get("Content-Range", ""), start, address)
    said = f"the server answered {error.code} {error.reason}"
    if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code == HTTPStatus.TOO_MANY_REQUESTS:
        return _BrokenOffError(said)
    return DownloadError(f"{address}: {said}")


def _not_beyond(content_range: str, start: int, address: str) -> Exception:
    """Nothing lies beyond the part that is there: it is the whole file, or another file's."""
    if content_range == f"bytes */{start}":
        return _AlreadyWholeError()
    return DownloadError(f"{address}: the part left behind is longer than the file; delete it and try again")


def _position(response: http.client.HTTPResponse) -> tuple[int, int | None]:
    """Where the body starts within the file, and the size of the file: a server may send all of it again."""
    length = response.headers.get("Content-Length")
    start = 0
    if response.status == HTTPStatus.PARTIAL_CONTENT:
        start = int(response.headers["Content-Range"].removeprefix("bytes ").partition("-")[0])
    return start, None if length is None else start + int(length)


def _chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read(CHUNK):
            yield chunk
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(_reason(error)) from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", error)) or type(error).__name__
