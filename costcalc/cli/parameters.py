"""The kinds of values that options and arguments take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from costcalc.errors import nearest

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # generic only in newer releases of click


class Converted(_ParamType):
    """An option whose text a function converts, or refuses with a ValueError."""

    def __init__(self, name: str, convert: Callable[[str], Any]) -> None:
        self.name = name
        self._convert = convert

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._convert(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class OneOf(_ParamType):
    """An option that takes one of some names, which are looked up when it is read."""

    def __init__(self, name: str, known: Callable[[], Sequence[str]]) -> None:
        self.name = name
        self._known = known

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value not in self._known():
            hint = nearest(value, self._known())
            among = f"{value!r} is not one of {', '.join(self._known())}"
            self.fail(f"{among}; {hint}" if hint else among, param, ctx)
        return value

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self._known() if name.startswith(incomplete)]


class Net(_ParamType):
    name = "NET"

    def shell_complete(self, ctx: Any, param: Any, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from costcalc.language.lookup import shipped_names

        names = [name for name in shipped_names() if name.startswith(incomplete)]
        return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


def once(why: str) -> Callable[..., str | None]:
    """Refuse an option that is given twice, since the last one would silently win."""

    def check(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> str | None:
        if len(values) > 1:
            raise click.BadParameter(f"it is given twice, but {why}", ctx, param)
        return values[0] if values else None

    return check
