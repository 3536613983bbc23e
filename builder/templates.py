"""Templates: Jinja with everything escaped, nothing undefined, and mistakes of one line."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import NoReturn

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from markupsafe import Markup

from builder import markdown
from builder.cache import CACHE
from builder.mistakes import Mistakes


class Templates(Environment):
    """The templates in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        compiled = CACHE / "templates"
        compiled.mkdir(parents=True, exist_ok=True)
        super().__init__(
            loader=FileSystemLoader(folder),
            bytecode_cache=FileSystemBytecodeCache(str(compiled)),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters["inline"] = lambda text: Markup(
            markdown.MARKDOWN.renderInline(text)
        )

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raise what went wrong; if a template is wrong, as `templates/x.html:1: what`."""
        try:
            super().handle_exception(source)
        except TemplateError as error:
            file, line = self.place_of(error)
            what = " ".join(str(error.message).split())
            raise Mistakes(f"{self.folder.name}/{file}:{line}: {what}") from None

    def place_of(self, error: TemplateError) -> tuple[str, int]:
        """The file, from the folder, and the line in which a template is wrong."""
        if isinstance(error, TemplateSyntaxError):
            return str(error.name), error.lineno
        frames = traceback.extract_tb(error.__traceback__)
        last = [f for f in frames if Path(f.filename).is_relative_to(self.folder)][-1]
        return str(Path(last.filename).relative_to(self.folder)), last.lineno or 1
