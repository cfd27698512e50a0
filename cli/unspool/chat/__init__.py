"""A conversation with a model, in the terminal or through a pipe.

conversation   the turns, as messages and as a file
turn           one answer: events in, messages of the conversation out
model          the one that is asked: a request, a live source, the one loop
commands       what begins with a slash
storage        the folders of the user
prompting      where lines come from; the one home of prompt_toolkit
talk           the loop of all of it
"""
