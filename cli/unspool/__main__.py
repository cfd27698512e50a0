"""python -m unspool"""

from unspool.commands.app import entry

if __name__ == "__main__":
    entry()
