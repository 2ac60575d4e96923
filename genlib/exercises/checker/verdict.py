"""What a student is told."""

import html

NOT_DONE = "Not done yet: your answer is still None."
NO_RETURN = "Not done yet: your function gives None. Does it end with return?"
GREEN, ORANGE = "#009e73", "#e69f00"  # told apart by every eye, on white and on black


class Verdict(str):
    """One to three sentences on an answer, shown without quotes; `right` says whether it was right."""

    right: bool

    def __new__(cls, words: str, right: bool = False):
        verdict = super().__new__(cls, words)
        verdict.right = right
        return verdict

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """The same words beside a line: green and whole for right, orange and broken for not yet."""
        line = f"solid {GREEN}" if self.right else f"dashed {ORANGE}"
        style = f"border-left: 4px {line}; padding-left: 8px"
        return f'<div style="{style}">{html.escape(self)}</div>'
