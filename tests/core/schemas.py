#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What doc/schemas/ promises.

schemas.py check FOLDER COMMAND...    each file is a schema that no unknown key passes, and each
                                      command has one
schemas.py fit FOLDER COMMAND FILE CODE   what a run printed fits: the command's schema, or that of
                                      an error where nothing was measured; without any one of its
                                      required keys it would not
"""
import json
import os
import sys

import jsonschema


def load(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                found[name] = json.load(f)
    return found


def of_command(schemas, command):
    for name, schema in schemas.items():
        kind = schema.get("properties", {}).get("schema", {})
        if f"hakmem.{command}/1" in [kind.get("const"), *kind.get("enum", [])]:
            return name
    sys.exit(f"no schema for hakmem.{command}/1")


def open_places(schema, where):
    """Places of a schema that let unknown keys or any value pass."""
    if not isinstance(schema, dict):
        return
    if not schema:
        yield where + " takes anything"
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if "object" in types and "$ref" not in schema:
        if schema.get("additionalProperties", True) is True:
            yield where + " takes any key"
    if "array" in types and "items" not in schema:
        yield where + " takes any item"
    for name, part in schema.get("properties", {}).items():
        yield from open_places(part, f"{where}.{name}")
    for name, part in schema.get("definitions", {}).items():
        yield from open_places(part, f"{where}#{name}")
    for key in ("items", "additionalProperties"):
        yield from open_places(schema.get(key, None), f"{where}[]")


def validator(folder, schema):
    base = "file://" + os.path.abspath(folder) + "/"
    return jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver(base, schema))


def check(folder, commands):
    schemas = load(folder)
    bad = []
    for name, schema in schemas.items():
        jsonschema.Draft7Validator.check_schema(schema)
        bad += open_places(schema, name)
    for command in commands:
        of_command(schemas, command)
    if bad:
        sys.exit("\n".join(bad))


def fit(folder, command, path, code):
    schemas = load(folder)
    with open(path, encoding="utf-8") as f:
        value = json.load(f)
    if value.get("schema") != f"hakmem.{command}/1":
        sys.exit(f"its schema is {value.get('schema')}, not hakmem.{command}/1")
    failed = "error" in value and code not in ("0", "1")
    name = "error.json" if failed else of_command(schemas, command)
    schema = schemas[name]
    for error in validator(folder, schema).iter_errors(value):
        sys.exit(f"{command}: {'.'.join(str(p) for p in error.absolute_path)}: {error.message}")
    for key in schema["required"]:
        broken = {k: v for k, v in value.items() if k != key}
        if validator(folder, schema).is_valid(broken):
            sys.exit(f"{command}: passes without {key}")
    if validator(folder, schema).is_valid(dict(value, unheard_of=1)):
        sys.exit(f"{command}: passes with a key that is not in the schema")


def main():
    what, folder, *rest = sys.argv[1:]
    if what == "check":
        check(folder, rest)
    else:
        fit(folder, *rest)


main()
