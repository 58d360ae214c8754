"""random_models: SQLAlchemy models by $SEED, `old` and what random edits make of them, `new`.

As a program, random_models.py OLD THEIRS WANTED: see beside.main.
"""

import copy
import os
import random
import sys

from sqlalchemy import (BigInteger, Boolean, CheckConstraint, Column, Computed, Date, DateTime, Enum, ForeignKey,
    Identity, Index, Integer, MetaData, Numeric, Sequence, SmallInteger, String, Table, Text, UniqueConstraint,
    func, text)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, INTERVAL, JSONB, UUID

dice = random.Random(int(os.environ.get("SEED", "1")))
TYPES = {
    "integer": (Integer, ["7", "-1"]), "bigint": (BigInteger, ["0"]), "smallint": (SmallInteger, ["3"]),
    "string20": (String(20), ["x", "it's"]), "string40": (String(40), ["y"]), "text": (Text, ["", "100%"]),
    "numeric": (Numeric(10, 2), ["0.50"]), "numeric12": (Numeric(12, 4), ["1"]), "boolean": (Boolean, [text("true")]),
    "date": (Date, [text("CURRENT_DATE")]), "at": (DateTime, [text("now()")]),
    "atz": (DateTime(timezone=True), [text("now()"), text("CURRENT_TIMESTAMP")]), "jsonb": (JSONB, [text("'{}'::jsonb")]),
    "uuid": (UUID, [text("gen_random_uuid()")]), "texts": (ARRAY(Text), [text("'{}'::text[]")]),
    "bytes": (BYTEA, [text(r"'\x00'")]), "interval": (INTERVAL, [text("'1 day'")]),
}
LABELS = (["a", "b"], ["a", "b", "c"], ["z", "a", "b"], ["a", "c"], ["b", "a", "it's"])
CONVENTION = {"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s", "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s"}


def column(spec):
    kind = dice.choice(sorted(TYPES) + sorted(spec["enums"]) * 2)
    values = TYPES[kind][1] if kind in TYPES else ["a"]
    return {"type": kind, "nullable": dice.random() < 0.6, "comment": dice.choice([None, None, None, "said", "it's %"]),
        "default": dice.choice(values) if dice.random() < 0.4 else None}


def table(spec):
    return {"id": dice.choice(["serial", "bigserial", "identity", "plain", "two"]), "comment": None,
        "schema": "shop" if dice.random() < 0.15 else None,
        "columns": {"c%d" % n: column(spec) for n in range(dice.randint(1, 6))},
        "indexes": {}, "uniques": {}, "checks": {}, "refs": {}, "computed": {}}


def some(table, most=2):
    names = sorted(table["columns"])
    return dice.sample(names, min(len(names), dice.randint(1, most)))


def edit(spec):
    """One change; the same ones make models from nothing."""
    names = sorted(spec["tables"])
    what = dice.randrange(20)
    if not names or what == 0:
        spec["tables"].setdefault("t%d" % dice.randrange(8), table(spec))
        return
    this = spec["tables"][dice.choice(names)]
    name = dice.choice(sorted(this["columns"]))
    if what in (1, 2):
        this["columns"].setdefault("c%d" % dice.randrange(10), column(spec))
    elif what == 3 and len(this["columns"]) > 1:
        del this["columns"][name]
    elif what == 4:
        this["columns"][name]["type"] = (made := column(spec))["type"]
        this["columns"][name]["default"] = made["default"]
    elif what == 5:
        this["columns"][name]["nullable"] ^= True
    elif what == 6:
        this["columns"][name] = dict(column(spec), type=this["columns"][name]["type"], default=None)
    elif what in (7, 8):
        this["indexes"]["i%d" % dice.randrange(4)] = {"on": some(this), "unique": dice.random() < 0.3,
            "where": dice.random() < 0.2, "lower": dice.random() < 0.1}
    elif what == 9:
        this["uniques"]["u%d" % dice.randrange(3)] = some(this)
    elif what == 10:
        this["checks"]["k%d" % dice.randrange(3)] = (name, dice.choice(["", " OR id > 3", " OR id IN (1, 2)"]))
    elif what in (11, 12):
        this["refs"]["r%d" % dice.randrange(3)] = {"to": dice.choice(names), "index": dice.random() < 0.5,
            "ondelete": dice.choice([None, "CASCADE", "SET NULL"]), "deferrable": dice.choice([None, True])}
    elif what == 13:
        spec["enums"]["e%d" % dice.randrange(3)] = dice.choice(LABELS)
    elif what == 14:
        this["computed"]["n%d" % dice.randrange(2)] = dice.choice(["id * 2", "id + 1"])
    elif what == 15:
        this["comment"] = dice.choice([None, "of a table", "it's"])
    elif what == 16 and len(names) > 1:
        del spec["tables"][dice.choice(names)]
    elif what == 17:
        kind = dice.choice(["indexes", "uniques", "checks", "refs", "computed"])
        if this[kind]:
            del this[kind][dice.choice(sorted(this[kind]))]
    elif what == 18:
        this["id"] = dice.choice(["serial", "bigserial", "identity", "plain", "two"])
    elif what == 19:
        spec["sequences"] ^= {"s%d" % dice.randrange(2)}


def build(spec):
    """What of it holds together, as a MetaData."""
    metadata = MetaData(naming_convention=CONVENTION if spec["convention"] else None)
    enums = {name: Enum(*labels, name=name) for name, labels in spec["enums"].items()}
    of = lambda name: ("shop." if spec["tables"][name]["schema"] else "") + name
    single = {name for name, this in spec["tables"].items() if this["id"] != "two"}
    for name, this in sorted(spec["tables"].items()):
        big = this["id"] == "bigserial"
        parts = [Column("id", BigInteger if big else Integer, *([Identity(start=3)] if this["id"] == "identity" else []),
            primary_key=True, autoincrement=this["id"] in ("serial", "bigserial", "identity"))]
        if this["id"] == "two":
            parts.append(Column("id2", Integer, primary_key=True, autoincrement=False))
        has = {}
        for label, column in sorted(this["columns"].items()):
            kind = TYPES[column["type"]][0] if column["type"] in TYPES else enums.get(column["type"])
            if kind is None:
                continue
            default = column["default"]
            if column["type"] in enums and default is not None and default not in spec["enums"][column["type"]]:
                default = spec["enums"][column["type"]][0]
            has[label] = Column(label, kind, nullable=column["nullable"], server_default=default, comment=column["comment"])
        parts += has.values()
        parts += [Column(label, Integer, Computed(said)) for label, said in sorted(this["computed"].items())]
        for label, ref in sorted(this["refs"].items()):
            if ref["to"] in single:
                parts.append(Column(label, BigInteger if spec["tables"][ref["to"]]["id"] == "bigserial" else Integer,
                    ForeignKey(of(ref["to"]) + ".id", ondelete=ref["ondelete"], deferrable=ref["deferrable"],
                        name=None if spec["convention"] else "%s_%s_fk" % (name, label), use_alter=ref["to"] >= name),
                    index=ref["index"]))
        for label, on in sorted(this["uniques"].items()):
            if all(c in has for c in on):
                parts.append(UniqueConstraint(*on, name="%s_%s" % (name, label)))
        for label, (on, more) in sorted(this["checks"].items()):
            if on in has:
                parts.append(CheckConstraint("%s IS NOT NULL%s" % (on, more), name=label))
        made = Table(name, metadata, *parts, schema=this["schema"], comment=this["comment"])
        for label, index in sorted(this["indexes"].items()):
            if all(c in has for c in index["on"]) and all(this["columns"][c]["type"] != "jsonb" for c in index["on"]):
                on = [made.c[c] for c in index["on"]]
                if index["lower"] and isinstance(on[0].type, (String, Text)) and not isinstance(on[0].type, Enum):
                    on = [func.lower(on[0])]
                Index("%s_%s" % (name, label), *on, unique=index["unique"],
                    postgresql_where=text("id > 5") if index["where"] else None)
    for name in sorted(spec["sequences"]):
        Sequence(name, start=5, metadata=metadata)
    return metadata


spec = {"tables": {}, "enums": {}, "sequences": set(), "convention": dice.random() < 0.5}
for n in range(3):
    spec["tables"]["t%d" % n] = table(spec)
for _ in range(40):
    edit(spec)
changed = copy.deepcopy(spec)
for _ in range(dice.randint(1, 8)):
    edit(changed)
old, new = build(spec), build(changed)


if __name__ == "__main__":
    from beside import main

    main([old], [new], sys.argv[1:])
