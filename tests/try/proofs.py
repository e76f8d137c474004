"""Proves error rules: an image with the fault fails with a certain text, and the image mended as the rule's page says
answers.

    proofs.py LAMBLINT WORK [--only LL303,LL304] [--page FILE]
    proofs.py LAMBLINT WORK --sample

WORK is the folder of tests/sandbox/run.sh: its root file system and its packages are used, and what else is needed is
fetched with debootstrap, pip and npm. It needs root, a C compiler and a Java compiler. Of every rule two images are made.
`lamblint check` must have the rule's error about the first and not about the second; `lamblint try` must fail with every
quoted text, and must answer. With --page the table is written into a file, between its marks, and a line on the rules' pages. --sample takes those that
need a C compiler and the machine's own shell only, as root or as a user, and any empty folder as WORK. Ends with 0 if all of
it holds, and with 3 if nothing can be tried here.
"""

import datetime
import os
import re
import shutil
import sys

import languages
import starts
from images import HERE, Work, checked, texts, tried

RULES = os.path.join(HERE, "../../rules/lambda")
PROVEN = "Proven with `lamblint try` on "
ADDRESS = "https://github.com/lamblint/lamblint/blob/main/docs/proofs.md"


def reads(lamblint, work, case, image, beside):
    """What `check` has of an image, or of the Dockerfile that shows the fault."""
    if not beside:
        return checked(lamblint, image, "--lambda", *case.options)
    folder = os.path.join(work.folder, f"context-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, text in beside.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    # A template decides what of a folder is a function.
    return checked(lamblint, folder if "template.yaml" in beside else os.path.join(folder, "Dockerfile"), *case.options)


def has_error(found, rule):
    return "error" in found.get(rule, ())


def prove(lamblint, work, case):
    """What is wrong with a proof, and what was seen."""
    path = os.path.join(work.folder, f"image-{os.getpid()}.tar")
    wrong = []
    case.faulty.labelled = case.labelled or "amd64"
    found = reads(lamblint, work, case, case.faulty.pack(path), case.beside)
    if not has_error(found, case.rule):
        wrong.append(f"check has {found} of the faulty one")
    case.faulty.labelled = "amd64"
    outcome = tried(lamblint, case.faulty.pack(path), *case.trying)
    seen = texts(outcome)
    if outcome["verdict"] not in ("fails", "timeout"):
        wrong.append(f"the faulty one: {outcome['verdict']} {outcome['why']}")
    missing = [quote for quote in case.quotes if quote not in seen]
    wrong += [f"not said: {quote}" for quote in missing] + (["said: " + seen[-1500:]] if missing else [])
    found = reads(lamblint, work, case, case.mended.pack(path), case.beside_mended)
    if has_error(found, case.rule):
        wrong.append(f"check has {found} of the mended one")
    twin = tried(lamblint, path, *case.trying)
    if twin["verdict"] != "answers":
        wrong.append(f"the mended one: {twin['verdict']}: {texts(twin)[-600:]}")
    message = f"{outcome['error']['type']}: {outcome['error']['message']}" if outcome["error"] else "-"
    named = any(one["code"] == case.rule for one in outcome["explained_by"])
    return wrong, message, named, twin["verdict"]


def table(rows):
    today = datetime.date.today().isoformat()
    head = [f"{PROVEN}{today}:", ""]
    return "\n".join([*head, "| rule | what the faulty image says | `try` names the rule | the mended one |", "|--|--|--|--|", *rows])


def write(page, rows):
    """Writes the table, and a line with the day on the page of each rule."""
    with open(page, encoding="utf-8") as file:
        head, rest = file.read().split("<!-- proofs -->\n")
    _, tail = rest.split("\n<!-- end of proofs -->")
    with open(page, "w", encoding="utf-8") as file:
        file.write(head + "<!-- proofs -->\n" + table(rows) + "\n<!-- end of proofs -->" + tail)
    proven = {row.split(" | ")[0].strip("| ") for row in rows}
    for name in sorted(os.listdir(RULES)):
        with open(os.path.join(RULES, name), encoding="utf-8") as file:
            text = re.sub(f"^{re.escape(PROVEN)}.*\n\n", "", file.read(), flags=re.MULTILINE)
        if name.split("-")[0] in proven:
            line = f"{PROVEN}{datetime.date.today().isoformat()}: {ADDRESS}\n\n"
            text = text.replace("## Bad\n", line + "## Bad\n", 1)
        with open(os.path.join(RULES, name), "w", encoding="utf-8") as file:
            file.write(text)


def cannot(lamblint, work):
    """Why nothing can be tried here; none if it can."""
    image = starts.Starts(work).scratch().pack(os.path.join(work.folder, f"image-{os.getpid()}.tar"))
    outcome = tried(lamblint, image)
    return outcome["why"] if outcome["verdict"] == "not-tried" else None


def main(lamblint, folder, *options):
    after = lambda name: options[options.index(name) + 1] if name in options else None
    only, page, sample = (after("--only") or "").split(","), after("--page"), "--sample" in options
    lamblint, work, rows, failed = os.path.abspath(lamblint), Work(folder), [], 0
    if why := cannot(lamblint, work):
        print("nothing can be tried here:", why)
        sys.exit(3)
    all_cases = list(starts.cases(work))
    if not sample:
        all_cases += languages.cases(work)
    for case in sorted(all_cases, key=lambda case: case.rule):
        if only != [""] and case.rule not in only:
            continue
        wrong, message, named, twin = prove(lamblint, work, case)
        print(case.rule, "proven" if not wrong else "NOT PROVEN", "|", message[:150].replace("\n", " "), "|", twin, flush=True)
        for line in wrong:
            print("    ", line, flush=True)
        failed += bool(wrong)
        said = " … ".join(f"``{quote}``" if "`" in quote else f"`{quote}`" for quote in case.quotes)
        rows += [] if wrong else [f"| {case.rule} | {said} | {'yes' if named else 'no'} | {twin} |"]
    os.remove(os.path.join(work.folder, f"image-{os.getpid()}.tar"))
    if page and not failed:
        write(page, rows)
    print(f"{len(rows)} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
