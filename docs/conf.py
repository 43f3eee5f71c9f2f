"""How the site is built: ``make docs``. Nothing is fetched from a network."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

from halescope._version import __version__  # noqa: E402

project = "halescope"
author = "the halescope developers"
copyright = author
version = release = __version__

extensions = [
    "sphinx.ext.autosummary",  # a page for each public name
    "numpydoc",  # the docstrings' form
    "myst_nb",  # Markdown pages and the notebook
    "sphinx_gallery.gen_gallery",  # examples, run while the site is built
    "sphinx_copybutton",  # commands to copy
    "sphinx_design",  # cards
    "command_pages",  # _ext: a page for each command
    "reference_pages",  # _ext: which names are public
    "written_pages",  # _ext: the glossary, lists of pages, pages of the root folder
]

templates_path = ["_templates"]
exclude_patterns = [
    "_build",
    "**.ipynb_checkpoints",
    "auto_examples/**.ipynb",
    "auto_examples/**.py",
    "auto_examples/sg_execution_times.rst",
    "sg_execution_times.rst",
]
default_role = "py:obj"  # `halescope.read` in a docstring is a link
python_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"
smartquotes = False  # --option stays as it is typed

autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the notebook is kept executed: `make tutorial`

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"[\\/]\w+\.py$",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "image_scrapers": ("matplotlib",),
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "halescope"
html_static_path = ["_static"]
html_css_files = ["halescope.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "halescope"},
    "show_prev_next": False,
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
html_sidebars = {"tutorial": [], "glossary": [], "index": []}
