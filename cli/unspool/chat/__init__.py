"""A conversation with a model, in the terminal or through a pipe.

conversation     the turns, as messages and as a file
turn_sink        one answer: events in, messages of the conversation out
model            the model that is called: a request, a live source, the one loop
slash_commands   the commands that begin with a slash
editor           the next message, written in the user's editor
storage          the folders of the user
prompting        the readers of lines; the only importer of prompt_toolkit
output           the screens: of a terminal, and of a pipe
loop             the session, which joins all of them
"""
