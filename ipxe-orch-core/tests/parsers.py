"""Parses texts with the parsers that installers use; what it reads and writes is JSON.

Input: a list of [syntax, text]. Output: for each what the text holds.
"""
import json
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import yaml


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
    done = subprocess.run(["dash", "-c", text], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().split("\0")[:-1]


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


PARSERS = {"kickstart": kickstart, "shell": shell, "xml": xml, "preseed": preseed,
           "yaml": yaml.safe_load, "json": json.loads}
json.dump([PARSERS[syntax](text) for syntax, text in json.load(sys.stdin)], sys.stdout)
