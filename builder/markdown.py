"""Markdown to HTML, with the book's additions.

```figure tail_latency      a live figure; the body is its caption
```checklist                a list that the book makes of itself
[@dean2013]                 a citation
{{ measure("tail_latency", "p99_ms", fan_out=100) }}   a number from a simulation
[Drift](8-drift.md#psi)     a link to a file of the book, checked
## Title {#scene}           an anchor that stays when the title changes
"""

from __future__ import annotations

import ast
import html
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.anchors import anchors_plugin

from builder import runs
from builder.cache import kept
from builder.content import Reference
from builder.glossary import Glossary
from builder.mistakes import Collector
from figures import _contract as contract

OF_A_PAGE = {"link_open", "citation", "number"}  # rendered for the page they are on


@dataclass
class Page:
    """What a text may refer to, and what it turned out to use."""

    path: str  # as an author writes it, `content/…`
    first_line: int = 1
    root: str = ""  # from this page to the site's root: "../../"
    address: str = ""
    glossary: Glossary | None = None  # whose terms are linked on first use
    sources: tuple[str, ...] = ()  # keys that may be cited, in order
    references: dict[str, Reference] = field(default_factory=dict)  # for the margin
    documents: dict[str, str] = field(default_factory=dict)  # file -> address
    render_figure: Callable[[str, str], str] | None = None
    render_list: dict[str, Callable[[], str]] = field(default_factory=dict)
    found: Collector = field(default_factory=Collector)
    figures: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    headings: list[tuple[str, str]] = field(default_factory=list)  # tag, anchor
    cited: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)  # where, address#anchor

    def where(self, line: int) -> str:
        """`path:line` for a line of the body, counted from 0."""
        return f"{self.path}:{self.first_line + line}"


def render(text: str, page: Page) -> str:
    """`text` as HTML; mistakes go to `page.found`."""
    env = {"page": page}
    tokens = MARKDOWN.parse(text, env)
    name_headings(tokens, page)
    if page.glossary:
        page.glossary.link(tokens, page.root, page.address)
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        for child in token.children or []:
            child.meta["line"] = line
            line += child.type in ("softbreak", "hardbreak")
    made = str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, env))
    return made.replace("<th></th>", "<td></td>")  # an empty corner heads nothing


def name_headings(tokens: list[Token], page: Page) -> None:
    """Give each heading the anchor it asks for with `{#anchor}`, and remember them."""
    for opening, inside in pairwise(tokens):
        if opening.type != "heading_open" or not inside.children:
            continue
        last = inside.children[-1]
        asked = re.search(r"\s*\{#([\w-]+)\}$", last.content)
        if asked:
            last.content = last.content[: asked.start()]
            opening.attrs["id"] = asked[1]
        page.headings.append((opening.tag, str(opening.attrs.get("id", ""))))


def render_line(text: str, page: Page) -> str:
    """`text` as HTML without a paragraph around it."""
    return line_of_any_page(text) or _line(text, {"page": page})


@cache
def line_of_any_page(text: str) -> str:
    """The same, if no page has it otherwise; most lines of a lesson are on several."""
    (line,) = MARKDOWN.parseInline(text)
    differs = any(child.type in OF_A_PAGE for child in line.children or [])
    return "" if differs else _line(text, {})


def _line(text: str, env: dict[str, Page]) -> str:
    """`text` parsed and rendered."""
    tokens = MARKDOWN.parseInline(text, env)
    for child in tokens[0].children or []:
        child.meta["line"] = 0
    return str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, env))


def inline(page: Page, text: str) -> Markup:
    """A line of Markdown, for a template."""
    return Markup(render_line(text, page))


def root_of(address: str) -> str:
    """The way from the page at `address` to the site's root: "../../"."""
    return "../" * (address.count("/") - 1)


def code(source: str, language: str) -> str:
    """`source` highlighted, as a block that can be reached and scrolled by keyboard."""

    def highlighted() -> bytes:
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import get_lexer_by_name
        from pygments.util import ClassNotFound

        try:
            lexer = get_lexer_by_name(language or "text")
        except ClassNotFound:
            lexer = get_lexer_by_name("text")
        made = highlight(source, lexer, HtmlFormatter(nowrap=True))
        return str(made).rstrip("\n").encode()

    inner = kept("code", highlighted, source, language).decode()
    label = html.escape(f"Code, {language}" if language else "Code")
    return (
        f'<pre class="code" tabindex="0" role="group" aria-label="{label}">'
        f"<code>{inner}</code></pre>\n"
    )


def fence(self: Any, tokens: list[Token], at: int, options: Any, env: Any) -> str:
    """A code block, or the figure or the list that the fence names."""
    token, page = tokens[at], env["page"]
    language, _, name = token.info.strip().partition(" ")
    if language in page.render_list:
        page.lists.append(language)
        return str(page.render_list[language]())
    if language != "figure":
        return code(token.content, language)
    return figure(name.strip(), token, page)


def code_block(self: Any, tokens: list[Token], at: int, options: Any, env: Any) -> str:
    """An indented block: a command, or what it prints."""
    return code(tokens[at].content, "")


def figure(name: str, token: Token, page: Page) -> str:
    """The live figure of that name, with the fence's body as its caption."""
    line = token.map[0] if token.map else 0
    where = page.where(line)
    if name not in contract.names():
        hint = contract.did_you_mean(name, contract.names())
        page.found.add(where, f"no figure named '{name}'.{hint}")
        return ""
    if name in page.figures:
        page.found.add(where, f"the figure '{name}' stands on this page already")
        return ""
    page.figures.append(name)
    first_line = page.first_line + line + 1
    inner = Page(**{**vars(page), "first_line": first_line, "glossary": None})
    caption = render(token.content, inner).strip()
    return page.render_figure(name, caption) if page.render_figure else ""


def citation(state: StateInline, silent: bool) -> bool:
    """`[@key]` or `[@key; @other]`."""
    match = re.match(r"\[(@[\w-]+(?:;\s*@[\w-]+)*)\]", state.src[state.pos :])
    if not match:
        return False
    if not silent:
        state.pending = state.pending.rstrip()  # the mark stands close to its word
        token = state.push("citation", "", 0)
        token.meta["keys"] = re.findall(r"@([\w-]+)", match[1])
    state.pos += match.end()
    return True


def render_citation(
    self: Any, tokens: list[Token], at: int, options: Any, env: Any
) -> str:
    """Numbers that lead to the sources at the foot of the page."""
    page, meta = env["page"], tokens[at].meta
    links, notes = [], []
    for key in meta["keys"]:
        if key not in page.sources:
            hint = contract.did_you_mean(key, page.sources)
            hint = hint or " List it under `sources` above the text."
            page.found.add(page.where(meta["line"]), f"unknown source '{key}'.{hint}")
            continue
        page.cited.append(key)
        count = page.cited.count(key)
        mark = f"cite-{key}" if count == 1 else f"cite-{key}-{count}"
        number = page.sources.index(key) + 1
        links.append(f'<a href="#source-{key}" id="{mark}">{number}</a>')
        if count == 1 and key in page.references:
            notes.append(margin_note(page.references[key]))
    text = ", ".join(links) + "".join(notes)
    return f'<sup class="cite">{text}</sup>' if links else ""


def margin_note(source: Reference) -> str:
    """A source beside the line that cites it, for the eye: its link leads to the same."""
    who, title = html.escape(source.author), html.escape(source.title)
    note = f"{who}, <cite>{title}</cite>, {source.year}"
    return f'<span class="margin" aria-hidden="true">{note}</span>'


def number(state: StateInline, silent: bool) -> bool:
    """`{{ measure(…) }}` or `{{ theory(…) }}`."""
    match = re.match(r"\{\{(.*?)\}\}", state.src[state.pos :], re.DOTALL)
    if not match:
        return False
    if not silent:
        token = state.push("number", "", 0)
        token.content = match[1].strip()
    state.pos += match.end()
    return True


def render_number(
    self: Any, tokens: list[Token], at: int, options: Any, env: Any
) -> str:
    """The number with its unit, from the simulation or from theory."""
    page, token = env["page"], tokens[at]
    try:
        value = html.escape(evaluate(token.content))
    except contract.Refused as refused:
        page.found.add(page.where(token.meta["line"]), str(refused))
        return ""
    return f'<span class="number">{value.replace(" ", "&nbsp;")}</span>'


def evaluate(expression: str) -> str:
    """The reading that `measure("figure", "name", parameter=value)` asks for."""
    usage = 'write measure("figure", "measure", parameter=value), or theory(…)'
    try:
        call = ast.parse(expression, mode="eval").body
        assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        road = {"measure": "measures", "theory": "theory"}[call.func.id]
        figure_name, name = (str(ast.literal_eval(x)) for x in call.args)
        values = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except (AssertionError, KeyError, SyntaxError, TypeError, ValueError):
        raise contract.Refused(f"cannot read '{expression}': {usage}") from None
    figure = contract.load(figure_name)
    numbers = getattr(runs.run(figure_name, values), road)
    if name not in numbers:
        hint = contract.did_you_mean(name, numbers)
        raise contract.Refused(f"{figure_name} has no {call.func.id} '{name}'.{hint}")
    return contract.readings(figure, {name: numbers[name]})[name]


def link_open(self: Any, tokens: list[Token], at: int, options: Any, env: Any) -> str:
    """A link; one to a file of the book becomes relative and is remembered."""
    page, token = env["page"], tokens[at]
    href = str(token.attrs["href"])
    if not re.match(r"[a-z]+:", href):
        where = page.where(token.meta.get("line", 0))
        token.attrs["href"] = resolve(href, page, where)
    return str(self.renderToken(tokens, at, options, env))


def resolve(href: str, page: Page, where: str) -> str:
    """The relative address of `href`: a Markdown file, `/an/address/`, or `#anchor`."""
    target, _, anchor = href.partition("#")
    if not target:
        page.links.append((where, f"#{anchor}"))
        return href
    address = target
    if not target.startswith("/"):
        folder = posixpath.dirname(page.path)
        file = posixpath.normpath(posixpath.join(folder, target))
        file = file.removeprefix("content/")
        if file not in page.documents:
            hint = contract.did_you_mean(file, page.documents)
            page.found.add(where, f"broken link: no file '{target}'.{hint}")
            return href
        address = page.documents[file]
    page.links.append((where, f"{address}#{anchor}" if anchor else address))
    return (page.root + address[1:] or "./") + (f"#{anchor}" if anchor else "")


def slug(text: str) -> str:
    """An anchor: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "section"


def build_markdown() -> MarkdownIt:
    """The parser, with the book's rules in place."""
    md = MarkdownIt("commonmark", {"typographer": True, "html": False})
    md.enable(["table", "replacements", "smartquotes"])
    md.use(anchors_plugin, min_level=2, max_level=3, slug_func=slug, permalink=False)
    md.inline.ruler.before("link", "citation", citation)
    md.inline.ruler.before("text", "number", number)
    md.add_render_rule("fence", fence)
    md.add_render_rule("code_block", code_block)
    md.add_render_rule("citation", render_citation)
    md.add_render_rule("number", render_number)
    md.add_render_rule("link_open", link_open)
    return md


MARKDOWN = build_markdown()
