"""TMDB's API over real HTTP on the loopback interface, with films and faults that a test chooses.

    with TmdbServer(films=[{"id": 1, "title": "A"}], token="...") as server:
        server.faults.put(faults.bad_gateway())
        ... a client of server.api_url ...
        server.requests[0].path

`server` listens and checks credentials, `routes` maps paths to answers, `catalogue` holds and ranks films, `bodies`
writes them in TMDB's shapes, `answers` is what goes back, `faults` spoils it, `schemas` is what TMDB's own bodies look
like.
"""

from movie_assets_tests.tmdb_server import faults
from movie_assets_tests.tmdb_server.server import RecordedRequest, TmdbServer

__all__ = ["RecordedRequest", "TmdbServer", "faults"]
