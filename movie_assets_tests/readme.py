"""What README.md tells a reader to type."""

from __future__ import annotations

import re

from movie_assets.settings import PROJECT_ROOT

README = PROJECT_ROOT / "README.md"


DEPLOY = "Deploy"
"""The section whose commands need a Docker engine; movie_assets_tests/deploy runs them."""


def readme_commands(section: str | None = None) -> list[str]:
    """Every command of its shell blocks, without comments, in the order given: of one section, or of all but Deploy."""
    titles = re.split(r"^## (.*)\n", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = zip(["", *titles[1::2]], titles[0::2], strict=True)
    wanted = [text for title, text in sections if (title == section if section else title != DEPLOY)]
    blocks = [block for text in wanted for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]
