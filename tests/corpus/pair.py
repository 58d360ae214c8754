"""pair: the models `old` and `new` that alembic_cases.py has put into the file $PAIR.

As a program, pair.py OLD THEIRS WANTED: see beside.main.
"""

import os
import pickle
import sys

sys.path[:0] = [os.environ["ALEMBIC"]]
with open(os.environ["PAIR"], "rb") as file:
    pair = pickle.load(file)
if isinstance(pair, str):
    import alembic_cases

    pair = alembic_cases.pair_of(pair)
old, new = pair

if __name__ == "__main__":
    from beside import main

    main(old, new, sys.argv[1:], ["uuid-ossp"] if "uuid" in os.environ["PAIR"] else [])
