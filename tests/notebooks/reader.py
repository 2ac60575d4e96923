"""What a reader of a notebook does and sees in JupyterLab."""

import ast
from collections import Counter

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as Late

WIDGET = "application/vnd.jupyter.widget-view+json"
PANEL = ".genlib-panel"
CONTROLS = ".noUi-handle, select, input[type=checkbox]"
MESSAGES = ("could not draw", "Error displaying widget", "Error rendering output")

POLLING = 50  # milliseconds; at every frame, Playwright's own, a page that waits draws all the time

LAB = "() => window.jupyterapp?.shell && window.jupyterapp.restored.then(() => true)"
OPEN = """name => {
    window.jupyterapp.commands.execute("docmanager:open", {path: name, factory: "Notebook"});
}"""
CLOSE = """async ([name, shutdown]) => {
    for (const widget of [...window.jupyterapp.shell.widgets("main")])
        if (widget.context?.path == name) {
            if (shutdown) await widget.context.sessionContext.shutdown();
            widget.dispose();
        }
}"""
READY = """name => {
    const widget = window.jupyterapp?.shell?.currentWidget;
    return Boolean(widget?.context?.path == name && widget.context.isReady && widget.content?.widgets
        && widget.sessionContext.isReady && widget.sessionContext.session?.kernel?.status == "idle");
}"""
ASK = """([code, expression]) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const question = {code, silent: true, store_history: false, user_expressions: {answer: expression}};
    window.reply = null;
    kernel.requestExecute(question).done.then(reply => window.reply = reply.content);
}"""
RUN = """above => {
    if (above !== null) window.jupyterapp.shell.currentWidget.content.activeCellIndex = above;
    const command = above === null ? "notebook:run-all-cells" : "notebook:run-all-above";
    window.ended = false;
    window.jupyterapp.commands.execute(command).finally(() => window.ended = true);
}"""
# what never ends in the page, behind a question that nobody answers say, ends here and is told
BOUNDED = """([argument, seconds]) => {
    const told = () => document.querySelector(".jp-Dialog")?.innerText ?? "no question is open";
    return Promise.race([(FUNCTION)(argument), new Promise((_, refuse) => setTimeout(
        () => refuse(new Error(`not done within ${seconds} s: ${told()}`)), 1000 * seconds))]);
}"""
SAVE = "() => window.jupyterapp.commands.execute('docmanager:save')"
INTERRUPT = "() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')"
RUN_ONE = """async index => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
    await window.jupyterapp.commands.execute("notebook:run-cell");
}"""
BEGIN = """index => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
    window.jupyterapp.commands.execute("notebook:run-cell");
}"""
EXPORT = """() => {
    window.open = address => window.exported = address;
    window.jupyterapp.commands.execute("notebook:export-to-format", {format: "html"});
}"""
EXPORTED = "async () => await (await fetch(window.exported)).text()"
CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
SHOW = """index => window.jupyterapp.shell.currentWidget.content.scrollToItem(index, "start")"""
NODE = "index => window.jupyterapp.shell.currentWidget.content.widgets[index].node"
# a cell that was never in view has not drawn its outputs yet
DRAWN = """([cell, count]) => cell.querySelectorAll(".jp-OutputArea-output").length == count
    && !cell.textContent.includes("Loading widget")"""
# Lab gives the pictures that a cell shows by itself no alternative text, and has no place to put one
OURS = {"include": [".jp-OutputArea-output"], "exclude": [".jp-RenderedImage > img"]}
# a picture counts when it is decoded and not hidden
PICTURES = """node => [...node.querySelectorAll(".jp-OutputArea-output img")].filter(
    image => image.complete && image.naturalWidth > 1 && image.getBoundingClientRect().width > 1)"""
# what is painted: the pixels and the words under them; a new address of the same pixels is no change
PAINTED = """panel => {
    const image = panel.querySelector("img.widget-image");
    if (!image?.complete || !image.naturalWidth) return null;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return [canvas.toDataURL(), panel.querySelector("img.widget-image ~ .widget-html").innerText.trim()];
}"""
# from the key to the frame after the new picture: the load event, the next frame, its end
CLOCK = """panel => {
    let pressed = null;
    window.moves = [];
    const painted = () => {
        window.moves.push(performance.now() - pressed);
        pressed = null;
    };
    panel.addEventListener("keydown", event => pressed = event.timeStamp, true);
    panel.querySelector("img.widget-image").addEventListener("load", () => {
        if (pressed !== null) requestAnimationFrame(() => setTimeout(painted));
    });
}"""


class Reader:
    """A page of Lab, with one notebook open."""

    def __init__(self, page, name):
        self.page, self.name = page, name

    def open(self):
        """Open the notebook, or come back to it."""
        self.page.evaluate(OPEN, self.name)
        self.wait(READY, "the notebook did not open", self.name, seconds=60)
        return self

    def wait(self, condition, complaint, argument=None, seconds=10):
        """Return when the page's condition holds; AssertionError with the complaint if late."""
        try:
            self.page.wait_for_function(
                condition, arg=argument, timeout=1000 * seconds, polling=POLLING
            )
        except Late:
            raise AssertionError(f"{complaint} within {seconds} s") from None

    def do(self, function, argument=None, seconds=60):
        """Call a function of the page; what its promise holds, or an error if it is late."""
        return self.page.evaluate(BOUNDED.replace("FUNCTION", function), [argument, seconds])

    def rest(self):
        """Return when the kernel has nothing to do."""
        self.wait(READY, "the kernel did not rest", self.name)

    def ask(self, code, expression="None", seconds=60):
        """Run code silently in the notebook's kernel; the value of an expression then."""
        self.page.evaluate(ASK, [code, expression])
        self.wait("() => window.reply", "the kernel did not answer", seconds=seconds)
        return answer(self.page.evaluate("() => window.reply"))

    def run(self, above=None, seconds=180):
        """Run every cell, or those above the one with this index; wait until the last answered."""
        self.page.evaluate(RUN, above)
        self.wait("() => window.ended", "the notebook did not end", seconds=seconds)
        self.rest()

    def run_one(self, index):
        """Run one cell; its outputs."""
        self.do(RUN_ONE, index)
        return [output for cell, output in self.outputs() if cell == index]

    def begin(self, index):
        """Run one cell, and do not wait for it."""
        self.page.evaluate(BEGIN, index)

    def export(self):
        """The page that Lab's menu exports as HTML, when one agrees to what it proposes."""
        self.page.evaluate(EXPORT)
        self.page.click(".jp-Dialog .jp-mod-accept")
        self.wait("() => window.exported", "Lab exports no page")
        return self.do(EXPORTED)

    def save(self):
        self.do(SAVE)

    def close(self, kernel=True):
        """Close the notebook as it is, without saving; `kernel`: end its kernel too."""
        self.do(CLOSE, [self.name, kernel])

    def reopen(self):
        """Save the notebook, close it, and open it with a kernel that has run nothing."""
        self.save()
        self.close()
        return self.open()

    def cells(self):
        """The cells as Lab would save them."""
        return self.page.evaluate(CELLS)

    def outputs(self):
        """(index of the cell, output) of each output."""
        for index, cell in enumerate(self.cells()):
            for output in cell.get("outputs", []):
                yield index, output

    def panel_cells(self):
        """{index of a cell: how many panels it shows}"""
        count = {}
        for index, output in self.outputs():
            if WIDGET in output.get("data", {}):
                count[index] = count.get(index, 0) + 1
        return count

    def cell(self, index):
        """The cell, brought into view."""
        self.do(SHOW, index)
        return self.page.evaluate_handle(NODE, index).as_element()

    def see_pictures(self, index, count):
        """AssertionError unless the cell shows `count` pictures and no message of a dead widget."""
        enough = f"([cell, count]) => ({PICTURES})(cell).length >= count"
        for last in (False, False, False, False, True):
            cell = self.cell(index)  # again where pictures above, come late, pushed it out of view
            complaint = f"cell {index + 1} shows no picture: {cell.inner_text()!r}"
            try:
                self.wait(enough, complaint, [cell, count], seconds=2)
                break
            except AssertionError:
                if last:
                    raise
        seen = cell.inner_text()
        assert not [message for message in MESSAGES if message in seen], seen

    def see_panels(self, stored):
        """AssertionError unless each cell shows as many pictures of panels as were stored."""
        assert self.panel_cells() == stored
        for index, count in stored.items():
            self.see_pictures(index, count)

    def move_panels(self, stored):
        """Press keys until each panel has changed; AssertionError if one does not."""
        for index, count in stored.items():
            panels = self.panels(index)
            assert len(panels) == count, f"cell {index + 1} shows {len(panels)} live panels"
            for panel in panels:
                self.move(panel)
            self.see_pictures(index, count)

    def see_no_message(self):
        """AssertionError if any output of the page says that it cannot be shown."""
        for index, count in Counter(index for index, _ in self.outputs()).items():
            cell = self.cell(index)
            self.wait(DRAWN, f"cell {index + 1} does not show all of its outputs", [cell, count])
            text = cell.text_content()
            assert not [message for message in MESSAGES if message in text], text

    def see_names(self):
        """AssertionError unless all that we show has a name for a reader who does not see it."""
        found = Axe().run(self.page, context=OURS)
        assert not found.violations_count, found.generate_report()

    def panels(self, index):
        """The live panels of a cell, each with its picture painted."""
        cell = self.cell(index)
        there = f"cell => cell.querySelector('{PANEL}')"
        self.wait(there, f"cell {index + 1} shows no live panel", cell)
        panels = cell.query_selector_all(PANEL)
        for panel in panels:
            self.wait(PAINTED, f"a panel of cell {index + 1} has no picture", panel)
        return panels

    def move(self, panel, seconds=5):
        """Move the panel's controls by key, one after the other, until picture or line changes.

        The control that did it; AssertionError if none did.
        """
        controls = panel.query_selector_all(CONTROLS)
        for control in controls:
            before = self.page.evaluate(PAINTED, panel)
            self.push(control)
            try:
                self.wait_for_change(panel, before, seconds)
            except AssertionError:
                continue
            return control
        raise AssertionError(f"the panel is dead: {len(controls)} controls moved, nothing changed")

    def wait_for_change(self, panel, before, seconds=5):
        changed = f"""([panel, before]) => {{
            const now = ({PAINTED})(panel);
            return now && (now[0] != before[0] || now[1] != before[1]);
        }}"""
        self.wait(changed, "neither picture nor line changed", [panel, before], seconds)

    def see_line(self, panel, line, seconds=5):
        """Return when the panel's line is `line`; it comes a moment after the picture."""
        same = f"([panel, line]) => ({PAINTED})(panel)?.[1] == line"
        self.wait(same, f"the line did not become {line!r}", [panel, line], seconds)

    def push(self, control):
        """Move one control one step, by key where every system knows the same key."""
        if control.evaluate("control => control.tagName") == "SELECT":
            count, now = control.evaluate("control => [control.length, control.selectedIndex]")
            control.select_option(index=(now + 1) % count)
        elif control.get_attribute("role") == "slider":
            now, most = (float(control.get_attribute(f"aria-value{x}")) for x in ("now", "max"))
            control.press("ArrowRight" if now < most else "ArrowLeft")
        else:
            control.press("Space")

    def interrupt(self):
        """Press Lab's button that interrupts the kernel."""
        self.do(INTERRUPT)

    def painted(self, panel):
        """(pixels, line) of a panel"""
        return self.page.evaluate(PAINTED, panel)

    def clock(self, panel, slider, moves):
        """Milliseconds from the key to the new picture, painted, for each of `moves` key presses."""
        self.page.evaluate(CLOCK, panel)
        now, most = (float(slider.get_attribute(f"aria-value{x}")) for x in ("now", "max"))
        keys = ["ArrowRight", "ArrowLeft"] if now < most else ["ArrowLeft", "ArrowRight"]
        for move in range(moves):
            slider.press(keys[move % 2])
            lost = f"move {move + 1} was lost: no new picture"
            self.wait("count => window.moves.length > count", lost, move, seconds=5)
        return self.page.evaluate("() => window.moves")


def answer(reply):
    """The value of the expression "answer" in a kernel's reply; AssertionError with its error."""
    assert reply["status"] == "ok", f"{reply.get('ename')}: {reply.get('evalue')}"
    told = reply["user_expressions"]["answer"]
    assert told["status"] == "ok", f"{told.get('ename')}: {told.get('evalue')}"
    return ast.literal_eval(told["data"]["text/plain"])
