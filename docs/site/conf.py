"""The site: `make docs` builds it from docs/, offline, with every warning an error."""

import sys
import warnings
from pathlib import Path

SITE = Path(__file__).parent
DOCS = SITE.parent
sys.path.insert(0, str(SITE))

from extensions.gathered import gather  # noqa: E402 - stands beside this file

from clearprop import __version__  # noqa: E402

project, author = "clearprop", "the clearprop developers"
copyright = author  # noqa: A001 - Sphinx's name
release = version = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
    "extensions.markdown",
    "extensions.mathematics",
    "extensions.reference",
    "extensions.live",
]
root_doc = "index"
exclude_patterns = [
    "images/*.py",
    "gallery",
    "site/templates",
    "_made/gallery/**/*.ipynb",
    "_made/gallery/**/*.py",
]
highlight_language = "none"
default_role = "literal"
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!clearprop\.).*")]
"""Types of other packages have no page here, and nothing is fetched from theirs."""

# Pages that stand elsewhere in the repository, and the examples where there are none yet.
gather(DOCS)

myst_heading_anchors = 4
autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
templates_path = [str(SITE / "templates")]

EXAMPLES = DOCS / "gallery"
SECTIONS = (
    "my_table", "my_course", "my_bug", "scikit_learn", "definitions", "engines", "doors",
)  # fmt: skip
sphinx_gallery_conf = {
    "examples_dirs": ["gallery"] if EXAMPLES.exists() else [],
    "gallery_dirs": ["_made/gallery"] if EXAMPLES.exists() else [],
    "subsection_order": [f"gallery/{name}" for name in SECTIONS] + ["*"],
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "_made/backreferences",
    "doc_module": ("clearprop",),
    "filename_pattern": r"/plot_",
    "image_scrapers": ("matplotlib",),
    "capture_repr": ("__repr__",),
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "download_all_examples": False,
    "only_warn_on_example_error": True,
    "plot_gallery": "True",
}
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

html_theme = "pydata_sphinx_theme"
html_title = "clearprop"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": [], "site/mathematics": []}
html_theme_options = {
    "logo": {"text": "clearprop"},
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "navigation_depth": 2,
    "show_toc_level": 2,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "use_edit_page_button": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
