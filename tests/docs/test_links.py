"""Every link of the documentation leads somewhere, and every page can be reached from the README."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, Page

README = ROOT / "README.md"
INDEX = DOCS / "README.md"
PAGES = sorted({README, ROOT / "CHANGELOG.md", *DOCS.rglob("*.md"), *(ROOT / "plugins").glob("*/README.md")})


def inner_links(page: Path) -> list[str]:
    return [link for link in Page(page).links if "://" not in link and not link.startswith("mailto:")]


def targets(page: Path) -> set[Path]:
    """The files and folders that the page links to."""
    named = (link.partition("#")[0] for link in inner_links(page))
    return {(page.parent / name).resolve() for name in named if name}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page: Path) -> None:
    for link in inner_links(page):
        name, _, wanted = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} leads to nothing"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if wanted:
            assert wanted in Page(target).anchors, f"{link}: there is no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        for target in targets(page):
            waiting += sorted(target.glob("*.md")) if target.is_dir() else [target]
    assert sorted(set(PAGES) - reached) == []


def test_the_index_names_every_page_of_the_documentation() -> None:
    named = targets(INDEX)
    unnamed = [page for page in PAGES if page.is_relative_to(DOCS) and page != INDEX and page not in named]
    assert [page for page in unnamed if page.parent not in named] == []


def test_no_link_leads_to_a_machine_of_ours() -> None:
    for page in PAGES:
        addresses = [link for link in Page(page).links if "://" in link]
        assert all(address.startswith("https://") for address in addresses), page


def test_the_changelog_says_first_what_is_not_released() -> None:
    headings = [line for line in Page(ROOT / "CHANGELOG.md").text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## [Unreleased]"
    kinds = {line for line in Page(ROOT / "CHANGELOG.md").text.splitlines() if line.startswith("### ")}
    assert kinds <= {f"### {kind}" for kind in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")}
