"""The embed pages: each figure alone, for a frame in somebody's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from builder import drawing
from builder.markdown import root_of

if TYPE_CHECKING:
    from builder.pages import Site


def write_embed(site: Site, name: str) -> None:
    """The page at `/embed/<name>/`."""
    address = f"/embed/{name}/"
    site.write(
        "embed.html",
        address,
        drawn=drawing.draw(name),
        figure=Markup(site.figure(address, name, "")),
        home=f"{root_of(address)}figures/{name}/",
        idea=site.shown_on.get(name),
    )
