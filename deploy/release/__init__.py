"""Releases: images built, listed, scanned, searched for secrets, and pushed to a registry by digest.

    python -m deploy.release build      images, SBOMs and a manifest in dist/release/VERSION
    python -m deploy.release publish    the images to MOVIE_ASSETS_REGISTRY; release.env for Compose
    python -m deploy.release verify     Compose pulls what release.env says, and nothing else

docs/releasing.md tells how; docs/decisions/0016-releases.md tells why.
"""
