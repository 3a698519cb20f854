"""Jinja2 for the pages: autoescape everywhere, an unknown name is an error and not an empty place."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from teller_ui.assets import address
from teller_ui.headers import CDN


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates, compiled as they are first used and kept."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = address
    made.globals["cdn"] = CDN
    return made


def render(template: str, **parts: object) -> str:
    """`pages/customer.html` or `fragments/line.html`, printed with what the views prepared."""
    return environment().get_template(template).render(parts)


def partial(target: str, template: str, **parts: object) -> str:
    """A fragment as one part of an event: htmx morphs it into the element with this id."""
    body = render(template, **parts)
    return f'<hx-partial hx-target="#{target}" hx-swap="outerMorph">{body}</hx-partial>'
