"""Tries images that rules warn about: how many of them fail tells whether a rule is right to be no more than a warning.

    shares.py LAMBLINT WORK [--only LL214,LL306] [--page FILE]

WORK is the folder of proofs.py. `lamblint check` must have the rule about each image. With --page the two tables are written
into a file, between their marks. Ends with 0 if `check` has every rule that it should.
"""

import datetime
import os
import sys

import classes
from images import Work, checked, texts, tried
from proofs import reads

FAILS = ("fails", "timeout")


def shown(outcome):
    """What a person would take for the reason: the error, or the last line of the log where it only says how it ended."""
    error = outcome["error"]
    if not error:
        return ""
    lines = [one.get("line", "") for one in outcome["timeline"] if one.get("line")]
    ended = error["type"] in ("Runtime.ExitError", "Extension.Crash")
    said = [line for line in lines if any(word in line for word in ("rror", "EROFS", "denied", "annot", "not found", "No "))]
    text = said[-1] if ended and said else f"{error['type']}: {error['message']}" if error["type"] else error["message"]
    return text.replace("\n", " ").replace("|", "/").replace("`", "'").strip()[:140]


def look(lamblint, work, share):
    """Whether `check` has the rule, and the verdict."""
    image = share.image.pack(os.path.join(work.folder, f"share-{os.getpid()}.tar"))
    found = reads(lamblint, work, share, image, share.beside)
    outcome = tried(lamblint, image, *share.trying)
    os.remove(image)
    errors = sorted(code for code, severities in found.items() if "error" in severities and code != share.rule)
    return share.rule in found or share.rule == "-", errors, outcome


def write(page, rows):
    """The tables: a rule, and each image."""
    with open(page, encoding="utf-8") as file:
        head, rest = file.read().split("<!-- shares -->\n")
    _, tail = rest.split("\n<!-- end of shares -->")
    rules = {}
    for rule, _, verdict, _ in rows:
        fails, of = rules.get(rule, (0, 0))
        rules[rule] = (fails + (verdict in FAILS), of + 1)
    lines = [f"Tried with `lamblint try` on {datetime.date.today().isoformat()}:", "", "| rule | fail |", "|--|--|"]
    lines += [f"| {rule} | {fails} of {of} |" for rule, (fails, of) in rules.items()]
    lines += ["", "| rule | image | verdict | what it says |", "|--|--|--|--|"]
    lines += [f"| {rule} | {name} | {verdict} | {f'`{said}`' if said else ''} |" for rule, name, verdict, said in rows]
    with open(page, "w", encoding="utf-8") as file:
        file.write(head + "<!-- shares -->\n" + "\n".join(lines) + "\n<!-- end of shares -->" + tail)


def main(lamblint, folder, *options):
    after = lambda name: options[options.index(name) + 1] if name in options else None
    only, page = (after("--only") or "").split(","), after("--page")
    lamblint, work, rows, wrong = os.path.abspath(lamblint), Work(folder), [], 0
    for share in classes.shares(work):
        if only != [""] and share.rule not in only:
            continue
        named, errors, outcome = look(lamblint, work, share)
        said = shown(outcome)
        print(share.rule, share.name, "|", outcome["verdict"], "|", said, " ".join(["also", *errors] if errors else []), "" if named else "<-- check is silent", flush=True)
        wrong += not named
        # Those without a rule show that the others fail for want of the adapter.
        if share.rule != "-":
            rows.append((share.rule, share.name, outcome["verdict"], said))
    if page:
        write(page, rows)
    print(f"{len(rows)} tried, {wrong} of which check is silent about")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
