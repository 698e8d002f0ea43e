"""Parses texts with the parsers that installers use; what it reads and writes is JSON.

Input: a list of [syntax, text]. Output: for each what the text holds, null if it cannot be parsed.
"""
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import yaml

DASH = shutil.which("dash") or "dash"

def kickstart(text):
    """Lines as pykickstart reads them: a word that begins with `#` ends the line."""
    lines = []
    for line in text.splitlines():
        words = shlex.split(line)
        comment = next((i for i, w in enumerate(words) if w.startswith("#")), None)
        lines.append(words[:comment])
    return lines


def shell(text):
    """What the words of `printf '%s\\0'` are to a real shell."""
    # Whatever a text does, it does it in a folder of its own, and finds no program.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([DASH, "-c", text], stdin=subprocess.DEVNULL, cwd=folder,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={"PATH": "/none"})
    return done.stdout.decode(errors="replace").split("\0")


def xml(text):
    """Tag, attributes, text, children."""
    def tree(element):
        children = [tree(child) for child in element]
        return [element.tag, element.attrib, element.text or "", children]
    return tree(ElementTree.fromstring(text))


def preseed(text):
    """The answers, as debconf-set-selections splits them."""
    lines = text.replace("\\\n", "").split("\n")
    return [line.split(None, 3) for line in lines if line.strip() and line.lstrip()[0] != "#"]


def yaml_structure(text):
    """All scalars as texts, so that only structure can differ; several documents are several."""
    return list(yaml.load_all(text, Loader=yaml.BaseLoader))


def parsed(syntax, text):
    """What the text holds, as JSON can say it."""
    try:
        holds = PARSERS[syntax](text)
        json.dumps(holds)
        return holds
    except (ValueError, TypeError, SyntaxError, yaml.YAMLError, RecursionError):
        return None


PARSERS = {"yaml_structure": yaml_structure, "kickstart": kickstart, "shell": shell, "xml": xml, "preseed": preseed,
           "yaml": yaml.safe_load, "json": json.loads}
json.dump([parsed(syntax, text) for syntax, text in json.load(sys.stdin)], sys.stdout)
