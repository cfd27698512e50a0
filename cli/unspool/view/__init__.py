"""What is drawn on a terminal; the one home of rich and of markdown-it-py, which comes with it.

``view.View`` is the entry point; its module describes the use.
"""
