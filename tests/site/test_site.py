"""The course as pages: they build, every panel answers, nothing is asked of another host, and everyone can use them."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import ROOT, find_browser, part

from genlib.data import binarize, digits
from genlib.models import MarkovChain

PLACE = "c => c.options ? [c.selectedIndex, c.length] : [Number(c.value), Number(c.max) + 1]"
LOADED = "p => p.panel.shown.complete && p.panel.shown.naturalWidth > 50"
BUILT = ("00_start", "01_chain_rule")
MOST = 12  # pictures of a panel; the whole site has up to 300
MEGABYTE = 1e6
LAUNCH = {
    "SITE_REPOSITORY": "https://github.com/someone/course",
    "SITE_HUB": "https://hub.example.org",
}
STATE = """panel => ({
    shown: panel.shown.src ?? panel.shown.toDataURL(),
    line: panel.line.textContent, note: panel.note.textContent,
    words: panel.shown.alt ?? panel.shown.getAttribute("aria-label"), settings: panel.settings(),
    named: panel.settings(panel.shownAt),
})"""


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, ROOT / "site/build.py", *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The pages of two notebooks, in a sub-folder of what is served."""
    if importlib.util.find_spec("furo") is None:
        assert not os.environ.get("REQUIRE_SITE"), "what pages are built with is not installed"
        pytest.skip("what pages are built with is not installed: make setup-site")
    folder = tmp_path_factory.mktemp("host")
    kept, out = tmp_path_factory.mktemp("kept"), folder / "some/course"
    built = run(*BUILT, "--most", MOST, "--kept", kept, "--out", out, **LAUNCH)
    assert built.returncode == 0, built.stdout + built.stderr
    return out


@pytest.fixture(scope="session")
def address(site):
    with part("pdf").served(site.parents[1]) as host:
        yield f"{host}/some/course"


@pytest.fixture
def opened(page, address):
    """`opened("01_chain_rule")`: that page, with its panels."""

    def opened(name):
        page.goto(f"{address}/{name}.html")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.course-panel')].every(p => p.panel)"
        )
        return page

    yield opened
    here = (address.rpartition("/some")[0], "data:", "blob:")
    assert [asked for asked in page.outside if not asked.startswith(here)] == []


def panels(page):
    return page.query_selector_all(".course-panel")


def state(panel):
    return panel.evaluate(f"root => ({STATE})(root.panel)")


# --- the pages


def test_every_panel_of_the_notebook_is_there_with_what_it_stores(site):
    for name in BUILT:
        notebook = nbformat.read(ROOT / f"notebooks/{name}.ipynb", as_version=4)
        text = (site / f"{name}.html").read_text("utf-8")
        stored = [
            output.data
            for cell in notebook.cells
            for output in cell.get("outputs", [])
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
        ]
        told = re.findall(r'<script type="application/json">(.*?)</script></div>', text, re.DOTALL)
        assert len(told) == len(stored) >= 1
        for data, one in zip(stored, map(json.loads, told), strict=True):
            lines = [line for line in one["lines"] if line]
            assert (
                data["text/plain"] in lines or not lines
            )  # the setting of the notebook is among them
            assert len(one["shots"]) <= MOST and all(
                (site / "_static" / name / f).stat().st_size for f in one["files"]
            )


def test_every_picture_has_words(site):
    for name in BUILT:
        text = (site / f"{name}.html").read_text("utf-8")
        pictures = re.findall(r"<img [^>]*>", text)
        assert len(pictures) >= 4
        for picture in pictures:
            words = re.search(r'alt="([^"]*)"', picture)[1]
            assert len(words) > 12 and words != "A figure." and "object at" not in words, picture


def test_pages_can_be_launched_and_lead_to_each_other(site):
    text = (site / "01_chain_rule.html").read_text("utf-8")
    binder = "https://mybinder.org/v2/gh/someone/course/HEAD?urlpath=lab/tree/notebooks/01_chain_rule.ipynb"
    assert f'href="{binder}"' in text
    hub = "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fsomeone%2Fcourse"
    assert (
        f'href="{hub}' in text and "lab%2Ftree%2Fcourse%2Fnotebooks%2F01_chain_rule.ipynb" in text
    )
    assert 'href="01_chain_rule.html"' in (site / "index.html").read_text("utf-8")
    assert "chain rule" in (site / "searchindex.js").read_text("utf-8").lower()


def test_it_is_light(site, opened):
    files = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
    assert sum(files) < 60 * MEGABYTE
    page = opened("index")
    page.wait_for_timeout(500)
    sizes = page.evaluate(
        """() => ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
            .map(entry => entry.transferSize)"""
    )
    assert 20_000 < sum(sizes) < 2 * MEGABYTE


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["index", "search", *BUILT])
def test_axe_finds_nothing(opened, name, width, scheme):
    page = opened(name)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("scrollTo(0, 900)")
    page.evaluate("scrollTo(0, 700)")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == []


@pytest.mark.parametrize("name", ["index", *BUILT])
def test_nothing_is_wider_than_a_phone(opened, name):
    page = opened(name)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_no_script_fails_and_nothing_is_missing(page, address):
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
    for name in ("index", *BUILT):
        page.goto(f"{address}/{name}.html")
        page.wait_for_load_state("networkidle")
        for panel in panels(page):
            panel.scroll_into_view_if_needed()
    assert wrong == []


# --- the panels


@pytest.mark.parametrize("name", BUILT)
def test_a_key_moves_every_control_of_every_panel(opened, name):
    page, moved = opened(name), 0
    for panel in panels(page):
        first = state(panel)
        for control in panel.query_selector_all("input[type=range], select"):
            before, (place, count) = state(panel), control.evaluate(PLACE)
            if count == 1 or control.is_disabled():  # of its values this small site may have one
                continue
            control.focus()
            page.keyboard.press("Home" if place == count - 1 else "End")
            after = state(panel)
            assert after["settings"] != before["settings"]
            assert f": {after['named']}. " in after["note"] and after["named"] in after["words"]
            assert after["note"].startswith(
                "Shown" if after["named"] == after["settings"] else "Not drawn"
            )
            page.wait_for_function(LOADED, arg=panel)
            moved += 1
        last = state(panel)
        assert (last["shown"], last["line"]) != (first["shown"], first["line"])
    assert moved >= len(panels(page))


def test_a_panel_shows_what_lab_shows(opened):
    """Each memory with the other controls at their start was drawn, and its line is that of the model."""
    page = opened("01_chain_rule")
    panel = panels(page)[2]  # memory, smoothing, seed
    seen = panel.evaluate(
        f"""async root => {{
            const seen = [], panel = root.panel;
            for (const shot of panel.told.shots) {{
                if (shot[1] !== panel.told.controls[1].start || shot[2] !== panel.told.controls[2].start) continue;
                await panel.move(0, shot[0]);
                seen.push(({STATE})(panel));
            }}
            return seen;
        }}"""
    )
    assert len({one["shown"] for one in seen}) == len(seen) >= 2
    train, test = (binarize(digits(split)[0]).flatten(1) for split in ("train", "test"))
    for one in seen:
        assert one["named"] == one["settings"]
        memory = int(re.search(r"memory (\d+)", one["settings"])[1])
        chain = MarkovChain(64, memory).count(train, 0.3)
        on_train, on_test = (-chain.log_prob(x).mean() for x in (train, test))
        assert one["line"] == f"train {on_train:.2f}, test {on_test:.2f} nats per image"


def test_of_what_was_not_drawn_the_nearest_is_shown_and_named(opened):
    page = opened("01_chain_rule")
    panel = panels(page)[2]
    wish, drawn = panel.evaluate(
        """root => {
            const { controls, shots } = root.panel.told, drawn = shots.map((shot) => shot.slice(0, 3).join());
            for (let a = 0; a < controls[0].values.length; a++)
                for (let c = 0; c < controls[2].values.length; c++)
                    if (!drawn.includes([a, 0, c].join())) return [[a, 0, c], drawn];
        }"""
    )
    panel.evaluate(
        "async (root, wish) => { for (const k of [0, 1, 2]) await root.panel.move(k, wish[k]); }",
        wish,
    )
    found = state(panel)
    assert found["named"] != found["settings"]
    assert found["note"].startswith(f"Not drawn; shown is the nearest that was: {found['named']}. ")
    assert found["words"].startswith(found["named"])
    assert panel.evaluate("root => root.panel.shownAt.join()") in drawn


def test_a_typed_number_moves_the_slider(opened):
    page = opened("01_chain_rule")
    panel = panels(page)[4]
    typed = panel.query_selector(".course-readout")
    for wish, value in (("7", "7"), ("6,8", "7"), ("99", "30"), ("-3", "0")):
        typed.fill(wish)
        typed.press("Enter")
        assert state(panel)["settings"] == f"moment {value}" and typed.input_value() == value
    for wrong in ("much", ""):
        typed.fill(wrong)
        typed.press("Enter")
        assert "moment must be a number from 0 to 30" in state(panel)["line"]
        assert typed.input_value() == "0"


def test_play_runs_to_the_end_and_can_be_held(opened):
    page = opened("01_chain_rule")
    panel = panels(page)[4]
    play, back = panel.query_selector_all(".course-player button")
    back.click()
    first = state(panel)["settings"]
    assert first == "moment 0"
    play.click()
    page.wait_for_function("([p, first]) => p.panel.settings() != first", arg=[panel, first])
    play.click()
    held = state(panel)["settings"]
    page.wait_for_timeout(1200)
    assert state(panel)["settings"] == held and play.inner_text() == "Play"
    panel.evaluate("root => root.panel.move(0, root.panel.told.controls[0].values.length - 2)")
    play.click()
    page.wait_for_function("p => p.panel.settings() == 'moment 30'", arg=panel)
    page.wait_for_function("p => !p.panel.timer", arg=panel)


def test_a_guess_is_repeated_and_names_its_question(opened):
    page = opened("01_chain_rule")
    panel = panels(page)[0]
    group = panel.query_selector("fieldset")
    assert group.query_selector("legend").inner_text().endswith("?")
    answer = group.query_selector("input[type=radio]")
    answer.check()
    assert state(panel)["line"].startswith(f"You said: {answer.get_attribute('value')}\n")


def test_a_control_that_changes_nothing_is_grey(opened):
    page = opened("01_chain_rule")
    panel = panels(page)[3]  # image, damage, amount, seed
    greyed = panel.evaluate(
        """async root => {
            const panel = root.panel, found = {};
            for (let k = 0; k < panel.told.controls[1].values.length; k++) {
                await panel.move(1, k);
                found[panel.told.controls[1].labels[k]] = panel.controls.filter(c => c.input.disabled).map(c => c.told.name);
            }
            return found;
        }"""
    )
    assert any(greyed.values()) and not all(greyed.values())


def test_without_scripts_the_stored_picture_and_its_words_stand_there(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/01_chain_rule.html")
    for panel in panels(page):
        assert panel.query_selector("img").get_attribute("src")
        assert len(panel.query_selector(".course-line").inner_text()) > 5
    context.close()


def test_the_first_page_is_alive(opened):
    page = opened("index")
    (panel,) = panels(page)
    page.wait_for_function("p => p.panel.canvas?.isConnected", arg=panel)
    before = state(panel)
    panel.query_selector("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("([p, s]) => p.panel.settings() != s", arg=[panel, before["settings"]])
    after = state(panel)
    assert after["shown"] != before["shown"] and after["settings"] == "to the right 0.1, upwards 0"
    assert "runs in this page" in after["note"] and "prior density here" in after["line"]
    box = panel.query_selector("canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 8, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_function("p => p.panel.settings() == 'to the right -1.5, upwards 1.5'", arg=panel)


def test_captions_are_drawn_as_they_are_typed(page, tmp_path):
    live, pages = part("live"), part("pages")
    (tmp_path / "_static/08_text_to_image").mkdir(parents=True)
    live.write_live(tmp_path / "_static/live")
    html = pages.caption_panel(tmp_path / "_static/08_text_to_image")
    scripts = "".join(
        f"<script>{(ROOT / 'site/static' / name).read_text('utf-8')}</script>"
        for name in ("panel.js", "nets.js", "models.js")
    )
    (tmp_path / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8>{html}{scripts}", "utf-8"
    )
    with part("pdf").served(tmp_path) as host:
        page.goto(f"{host}/index.html")
        (panel,) = panels(page)
        page.wait_for_function("p => p.panel.canvas?.isConnected", arg=panel)
        text = panel.query_selector("input[type=text]:not(.course-readout)")
        text.fill("a cyan triangle, large, at the bottom")
        text.press("Enter")
        page.wait_for_function(
            "p => p.panel.line.textContent.includes('large cyan triangle')", arg=panel
        )
        assert int(re.search(r": (\d+) of 16 right", state(panel)["line"])[1]) >= 8
        assert all(select.is_disabled() for select in panel.query_selector_all("select"))
        text.fill("a purple dog")
        text.press("Enter")
        page.wait_for_function("p => p.panel.line.textContent.includes('no word dog')", arg=panel)


# --- what is drawn beforehand


@pytest.mark.parametrize("most", [1, 2, 5, 12, 100, 300])
def test_settings_are_few_and_every_control_moves_from_the_start(most):
    counts, begin, seeds = [4, 8, 300, 21], (0, 2, 37, 0), [False, False, False, True]
    chosen = part("drawn").spread(counts, begin, seeds, most)
    assert begin in chosen and len(chosen) == len({*chosen}) <= most
    assert all(0 <= k < n for places in chosen for k, n in zip(places, counts, strict=True))
    if most < 100:
        return
    assert len(chosen) > most / 2
    for k, count in enumerate(counts):
        alone = {
            places[k] for places in chosen if (*places[:k], begin[k], *places[k + 1 :]) == begin
        }
        assert len(alone) >= min(count, most // 8) / 2  # from the start each control goes far alone
    assert len({places[:2] for places in chosen}) > 8  # and together


def test_all_settings_are_drawn_where_they_are_few():
    chosen = part("drawn").spread([3, 4], (1, 1), [False, False], 12)
    assert sorted(chosen) == [(a, b) for a in range(3) for b in range(4)]


def test_what_the_text_names_is_drawn_first():
    drawn = part("drawn")
    named = {"x": [2.0], "mean": None}
    every = {"x": [0.0, 1.0, 2.0], "mean": [*range(40)], "width": [*range(30)]}
    wished = drawn.named_places([named], every, (0, 0, 5))
    assert wished == [(2, k, 5) for k in range(40)]
    assert {*wished} <= {*drawn.spread([3, 40, 30], (0, 0, 5), [False] * 3, 60, wished)}


def test_every_panel_that_text_names_settings_of_is_there():
    firm = {key: [dict.fromkeys(names)] for key, names in part("pages").FIRM.items()}
    sources = {path.stem: path.read_text("utf-8") for path in ROOT.glob("notebooks/src/*.py")}
    for (name, draw), grids in [*part("drawn").NAMED.items(), *firm.items()]:
        (arguments,) = re.findall(rf"^def {draw}\((.*?)\):", sources[name], re.MULTILINE)
        for wish in grids:
            assert all(re.search(rf"\b{control}=|generator", arguments) for control in wish), (
                name,
                draw,
            )


def test_a_figure_in_words_tells_its_axes_and_names():
    from genlib import pictures

    words = part("drawn").in_words(pictures.dots({"NADE": [86.9], "VAE": [87.9]}, "nats per digit"))
    assert (
        words.startswith("A figure.") and "across: nats per digit" in words and "NADE, VAE" in words
    )
    words = part("drawn").in_words(pictures.diagram("z -> G -> fake -> D", learns=["G"]))
    assert "fake" in words


def test_the_words_of_a_sheet_are_the_sentence_before_it():
    cell = nbformat.v4.new_markdown_cell(
        "One thing. Here are *eight* digits ($x$) of [NADE](02_nade.ipynb):"
    )
    assert part("pages").lead(cell) == "Here are eight digits (x) of NADE."


# --- wishes that cannot be met


@pytest.mark.parametrize(
    ("repository", "hub", "words"),
    [
        ("ftp://x.org/y", "", "SITE_REPOSITORY must be an address like https://"),
        ("https://x.org/y?z", "", "SITE_REPOSITORY must be"),
        ('https://x.org/"><script>', "", "SITE_REPOSITORY must be"),
        ("https://github.com/a/b", "hub", "SITE_HUB must be"),
        ("", "https://hub.org", "SITE_HUB needs SITE_REPOSITORY"),
    ],
)
def test_an_address_that_is_none_is_named(repository, hub, words):
    with pytest.raises(ValueError, match=words):
        part("pages").links(repository, hub)


def test_launch_buttons_of_other_hosts():
    links = part("pages").links
    assert links("", "") == {}
    assert "gl/a%2Fb/HEAD" in links("https://gitlab.com/a/b.git", "")["Open in Binder"]
    assert list(links("https://example.org/a/b/", "")) == ["Source"]


def test_an_unknown_notebook_is_told_in_one_line_and_the_old_pages_stay(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/index.html").write_text("old")
    done = run("99_none", "--kept", tmp_path / "kept", "--out", tmp_path / "out")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "no notebook '99_none'" in done.stderr and "02_nade" in done.stderr
    assert (tmp_path / "out/index.html").read_text() == "old"


def test_what_cannot_be_drawn_is_named_and_begins_no_other(tmp_path, monkeypatch):
    build, begun = part("build"), []
    monkeypatch.setattr(build, "draw", lambda name, *_: begun.append(name) or 1)
    monkeypatch.setattr(build.os, "cpu_count", lambda: 1)
    with pytest.raises(RuntimeError, match="01_chain_rule could not be drawn"):
        build.draw_all(["01_chain_rule", *["02_nade"] * 50], tmp_path, MOST)
    assert len(begun) < 51


def test_what_is_drawn_is_drawn_anew_when_the_library_or_the_wish_changes(tmp_path, monkeypatch):
    build = part("build")
    folder = tmp_path / "02_nade"
    assert not build.is_drawn(folder, "02_nade", MOST)
    folder.mkdir()
    (folder / "stamp").write_text(build.stamp("02_nade", MOST))
    assert build.is_drawn(folder, "02_nade", MOST)
    assert not build.is_drawn(folder, "02_nade", MOST + 1)
    assert not build.is_drawn(folder, "03_pixelrnn", MOST)


# --- as PDF


def test_a_page_becomes_a_pdf_and_an_old_one_stays_until_then(site, tmp_path, chromium, capsys):
    pdf = part("pdf")
    assert pdf.main(["99_none"], site, tmp_path) == 1
    assert "no page '99_none'" in capsys.readouterr().err
    assert pdf.main([], tmp_path / "empty", tmp_path) == 1
    assert "make site" in capsys.readouterr().err
    # in a process of its own: one Playwright runs in a process
    command = "import sys, pathlib, pdf; sys.exit(pdf.main(sys.argv[1:2], *map(pathlib.Path, sys.argv[2:])))"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "site"), "BROWSER": find_browser()}
    done = subprocess.run(
        [sys.executable, "-c", command, "00_start", site, tmp_path],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = tmp_path.iterdir()
    content = made.read_bytes()
    assert made.name == "00_start.pdf" and content.startswith(b"%PDF") and b"%%EOF" in content[-64:]
    assert 100_000 < len(content) < 5 * MEGABYTE
