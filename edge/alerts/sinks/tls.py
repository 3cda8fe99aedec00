"""Whom to trust."""

import ssl

from edge.errors import ConfigError


def trusting(ca_file: str | None) -> ssl.SSLContext:
    """A context that checks certificates and names, by those of a file or of the system.

    Raises:
        ConfigError: the file holds no certificates, or cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = "holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigError(f"{ca_file}: {reason}; give a file of certificates as PEM") from error
