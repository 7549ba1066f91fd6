"""`gateway check`: everything that is wrong with the configuration at once, and, on demand, how each source is."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.assembly import STORAGE_KEY, Gateway, assemble, doubt_about_key, storage_keys
from gateway.cli.exits import Exit
from gateway.cli.options import DEFAULT_CONFIG, Config
from gateway.service.observer import Silence
from gateway.service.sources import SourceHealth, check_sources, doubts


def check(
    sources: Annotated[bool, typer.Option("--sources", help="Ask every source whether it is well, too.")] = False,
    tenant: Annotated[list[str] | None, typer.Option("--tenant", help="Only this tenant; may be repeated.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Check the configuration without serving. Ends with 0 if all is well, with 1 if anything is not."""
    gateway = assemble(config, Silence())
    wrong = gateway.problems
    known = sorted({*gateway.registry.slugs(), *wrong})
    wanted = [slug for slug in known if not tenant or slug in tenant]
    unknown = sorted(set(tenant or ()) - set(known))
    for slug in unknown:
        typer.echo(f"{slug}: there is no such tenant. Known: {', '.join(known) or 'none'}.", err=True)
    broken = [wrong[slug] for slug in wanted if slug in wrong]
    for problems in broken:
        typer.echo(str(problems), err=True)
    for name, why in gateway.plugins.broken.items():
        typer.echo(f"plugin {name}: {why}", err=True)
    well = [slug for slug in wanted if slug not in wrong]
    typer.echo(f"{len(well)} of {len(wanted) + len(unknown)} tenants are well: {', '.join(well) or 'none'}.")
    _tell_key(gateway)
    ill = bool(broken or unknown)
    asyncio.run(_tell_doubts(gateway, well))
    if sources and well:
        ill = _ask_sources(gateway, well) or ill
    raise typer.Exit(Exit.PROBLEM if ill else Exit.OK)


async def _tell_doubts(gateway: Gateway, slugs: list[str]) -> None:
    """What is no error: it does not change how the command ends."""
    try:
        for slug in slugs:
            for doubt in doubts(gateway.tenants, slug):
                typer.echo(f"{slug}: warning: {doubt}", err=True)
    finally:
        await gateway.tenants.aclose()


def _tell_key(gateway: Gateway) -> None:
    """Which key seals what is stored, and whether it is in good hands: on standard error, beside what is wrong."""
    kept = gateway.settings.contact_base
    made = gateway.settings.data / STORAGE_KEY
    if kept is None or (kept.keys is None and not made.exists()):
        return
    # Here, because it takes cryptography, and a gateway that keeps nothing does not.
    from gateway.storage.sealing import key_id

    keys = storage_keys(gateway.settings)
    older = f"; {len(keys) - 1} older open what is not sealed anew yet" if len(keys) > 1 else ""
    where = "contact_base.keys" if kept.keys is not None else str(made)
    typer.echo(f"What is stored is sealed with the key {key_id(keys[0]).hex()} of {where}{older}.", err=True)
    if (doubt := doubt_about_key(gateway.settings)) is not None:
        typer.echo(f"warning: {doubt}", err=True)


def _ask_sources(gateway: Gateway, slugs: list[str]) -> bool:
    """Shows every source's health; is any of them not well?"""

    async def ask() -> dict[str, tuple[SourceHealth, ...]]:
        try:
            return {slug: await check_sources(gateway.tenants, slug) for slug in slugs}
        finally:
            await gateway.tenants.aclose()

    table = Table("tenant", "source", "", "ms", "what to do")
    ill = False
    for slug, health in asyncio.run(ask()).items():
        for one in health:
            ill = ill or one.code is not None
            state = Text(one.code or "well", style="red" if one.code else "green")
            table.add_row(slug, one.source, state, f"{one.elapsed * 1000:.0f}", Text(one.detail or ""))
    Console().print(table)
    return ill
