"""A notebook in plain Python, every cell of it begun twice: it must show the same both times."""

import ast
import contextlib
import io
import linecache

from IPython.core.formatters import DisplayFormatter
from torch.optim.optimizer import register_optimizer_step_post_hook

STEPS = 3  # of training are compared: what starts alike, with seeds of its own, goes on alike
DISPLAY = DisplayFormatter()


class Cut(BaseException):
    """Ends a cell that trains longer than is compared."""


def run(notebook):
    """The values that the code cells end with, and the first lines of the cells that came out otherwise again.

    The first time a training is cut after its first steps.
    """
    namespace = {"__name__": "__main__", "display": lambda *shown: None}
    values, changed = [], []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            once, seen, _ = executed(cell.source, f"<cell {index + 1}>", namespace, cut=True)
            again, seen_again, value = executed(cell.source, f"<cell {index + 1}>", namespace)
            values.append(value)
            if once != again or seen not in (None, seen_again):
                changed.append(cell.source.partition("\n")[0])
    return values, changed


def executed(source, name, namespace, cut=False):
    """How its training begins, what the cell shows, and the value it ends with; None for what was cut away."""
    lines = source.splitlines(keepends=True)
    linecache.cache[name] = len(source), None, lines, name  # for inspect.getsource
    with trainings(cut) as sums, contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            value = evaluated(ast.parse(source).body, name, namespace)
        except Cut:
            return sums, None, None
    kinds, _ = DISPLAY.format(value)
    return sums, (printed.getvalue(), kinds.get("text/plain"), kinds.get("image/png")), value


def evaluated(statements, name, namespace):
    """The value of the last statement, if that is an expression, when all of them have run."""
    ends = isinstance(statements[-1], ast.Expr)
    body = statements[:-1] if ends else statements
    exec(compile(ast.Module(body, []), name, "exec"), namespace)  # noqa: S102
    if ends:
        return eval(compile(ast.Expression(statements[-1].value), name, "eval"), namespace)
    return None


@contextlib.contextmanager
def trainings(cut):
    """The sum of all weights after each of the first steps of any optimizer; `cut` ends the cell there."""
    sums = []

    def note(optimizer, *_):
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        sums.append(sum(weight.detach().double().sum().item() for weight in weights))
        if len(sums) == STEPS:
            hook.remove()
            if cut:
                raise Cut

    hook = register_optimizer_step_post_hook(note)
    try:
        yield sums
    finally:
        hook.remove()
