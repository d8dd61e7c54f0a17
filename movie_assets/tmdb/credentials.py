"""The secret that opens TMDB's API, and how it stays secret.

TMDB takes a v4 token as a bearer header or a v3 key as the parameter `api_key`. Either is added by
`transport.py` at the moment a request is written to the socket, so that no URL, header mapping, exception or log
record made by requests or urllib3 has ever held it. `hidden` is for the one way left: a server that repeats it.
"""

from __future__ import annotations

from urllib.parse import quote

from pydantic import SecretStr

from movie_assets.tmdb.errors import TmdbCredentialsError

REMEDY = (
    "Check TMDB_API_TOKEN (the long API Read Access Token, v4) or TMDB_API_KEY (the short API key, v3); "
    "both are shown at https://www.themoviedb.org/settings/api"
)


class Credential:
    """A v4 token or a v3 key; the token is used when both are given.

    Raises TmdbCredentialsError when there is neither, or one that no request can carry.
    """

    def __init__(self, *, token: SecretStr | None, key: SecretStr | None) -> None:
        self.is_bearer = token is not None
        given = token if token is not None else key
        if given is None:
            raise TmdbCredentialsError("", f"there is neither a token nor a key for TMDB. {REMEDY}")
        value = given.get_secret_value().strip()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            kind = "token" if self.is_bearer else "key"
            problem = f"the {kind} for TMDB is empty or holds characters that no {kind} has. {REMEDY}"
            raise TmdbCredentialsError("", problem)
        self._secret = SecretStr(value)

    def __repr__(self) -> str:
        return f"Credential({'token' if self.is_bearer else 'key'})"

    def header(self) -> str | None:
        """The value of the Authorization header; None for a key, which travels in the request line."""
        return f"Bearer {self._secret.get_secret_value()}" if self.is_bearer else None

    def target(self, url: str) -> str:
        """The request target with the key added; unchanged for a token."""
        if self.is_bearer:
            return url
        return f"{url}{'&' if '?' in url else '?'}api_key={quote(self._secret.get_secret_value(), safe='')}"

    def hidden(self, text: str) -> str:
        """The text with every occurrence of the secret, plain or URL-encoded, replaced by asterisks."""
        value = self._secret.get_secret_value()
        return text.replace(value, "***").replace(quote(value, safe=""), "***")
