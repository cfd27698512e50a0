"""What is drawn on a terminal; the one home of rich and of markdown-it-py, which comes with it.

``view.View`` is the door: its module says how it is used.
"""
