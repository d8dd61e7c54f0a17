"""A page taken apart as a browser does: its text, its elements, its links and the data of its charts."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "br", "img", "input"}


class ReadPage(HTMLParser):
    """What stands in a page. `rows` are the cells' texts of each table's rows, by the section that holds it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.links: dict[str, str] = {}
        self.rows: dict[str, list[list[str]]] = {}
        self.options: list[str] = []
        self.scripts: list[str] = []
        self.texts: dict[str, str] = {}
        self._section = "head"
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        given = dict(attrs)
        if tag == "section":
            self._section = str(given["id"])
        if tag == "tr":
            self.rows.setdefault(self._section, []).append([])
        if tag in {"td", "th"}:
            self.rows[self._section][-1].append("")
        if tag == "option":
            self.options.append("")
        if tag == "script":
            self.scripts.append("")
        if tag not in VOID:
            self._open.append((tag, str(given.get("href", ""))))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop()[0] == tag
        if tag == "section":
            self._section = "after"

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "script" in tags:
            self.scripts[-1] += data
            return
        self.texts[self._section] = self.texts.get(self._section, "") + data
        if "td" in tags or "th" in tags:
            self.rows[self._section][-1][-1] += data
        if "option" in tags:
            self.options[-1] += data
        if "a" in tags:
            self.links[data] = self._open[-1][1]

    @property
    def text(self) -> str:
        """All text outside of scripts, white space collapsed."""
        return " ".join(" ".join(self.texts.values()).split())

    def section(self, name: str) -> str:
        """The text of a section, white space collapsed."""
        return " ".join(self.texts.get(name, "").split())

    @property
    def report(self) -> dict[str, Any]:
        """Charts and data."""
        report: dict[str, Any] = json.loads(self.scripts[0])
        return report

    def records(self, name: str) -> list[dict[str, Any]]:
        """The rows that charts draw."""
        table = self.report["data"][name]
        return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
