"""How Sphinx makes the pages; `build.py` puts the sources beside this file."""

from importlib.util import find_spec
from pathlib import Path

project = "Deep generative models that you can run"
author = "The authors of this course"
html_title = project
language = "en"

extensions = ["myst_nb"]
nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", "text/html", 1)]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type", "myst.xref_missing"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_js_files = ["panel.js", "nets.js", "models.js"]
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {},
    "dark_css_variables": {},
}
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_permalinks_icon = "#"
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"

# MathJax and its fonts from a package, so that pages need no other host
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}
MATHJAX = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax"
