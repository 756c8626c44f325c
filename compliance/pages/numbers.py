import re


def page_number(text: str) -> int:
    """Read a page's number, from 1; anything else is the first page."""
    return int(text) if re.fullmatch("[1-9][0-9]{0,5}", text) else 1
