"""Make texts from files safe to show."""


def escaped(text: str) -> str:
    """The text on one line; what would move a terminal's cursor or hide letters is escaped."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def shortened(text: str, width: int) -> str:
    """Cut a text that is too long, with a mark where it was cut."""
    return text if len(text) <= width else text[: width - 1] + "…"
