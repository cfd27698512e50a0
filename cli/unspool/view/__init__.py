"""The live view of a terminal; the only importer of rich and of markdown-it-py, which comes with it.

``view.View`` is the entry point; its module describes the use.
"""
