"""What README.md tells a reader to type."""

from __future__ import annotations

import re

from movie_assets.settings import PROJECT_ROOT

README = PROJECT_ROOT / "README.md"


def readme_commands() -> list[str]:
    """Every command of its shell blocks, without comments, in the order given."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]
