#!/usr/bin/env python3
"""What CPython's own parser says of Python files, in the form that tests/it/python_scanner.rs compares.

    reference.py FOLDER...

For each file that this Python can parse:

    F PATH
    I LINE LEVEL MODULE NAMES     an import that always runs when the module is loaded
    C LINE LEVEL MODULE NAMES FUNCTION   one that runs whenever a function of the module is called
    N NAME NAME ...               the names that are bound at module level
"""

import ast
import os
import sys
import warnings

# Exceptions that a failed import does not raise; a handler for any other may catch it.
OTHER = {
    "ArithmeticError", "AssertionError", "AttributeError", "ClientError", "EnvironmentError", "FileNotFoundError",
    "IOError", "IndexError", "KeyError", "LookupError", "NameError", "NotImplementedError", "OSError",
    "PermissionError", "RuntimeError", "StopIteration", "SyntaxError", "TypeError", "UnicodeDecodeError",
    "ValueError", "ZeroDivisionError", "json.JSONDecodeError",
}
TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


class Imports:
    """Follows the statements of a module in the order in which they would run."""

    def __init__(self, tree):
        self.found, self.called, self.ended = [], [], False
        self.block(tree.body, True, True)

    def add(self, node, into, *more):
        if isinstance(node, ast.Import):
            into.extend((node.lineno, 0, alias.name, "-", *more) for alias in node.names)
        else:
            names = ",".join(alias.name for alias in node.names)
            into.append((node.lineno, node.level, node.module or "-", names, *more))

    def block(self, body, runs, guarded_runs, scope="module"):
        """`runs` leaves handlers of `try` out of account, `guarded_runs` does not."""
        for node in body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                if guarded_runs and not self.ended:
                    self.add(node, self.found)
            elif isinstance(node, FUNCTION):
                if scope == "module":
                    self.function(node)
            elif isinstance(node, ast.ClassDef):
                self.block(node.body, runs, guarded_runs, "class")
            elif isinstance(node, TRY):
                inside = guarded_runs and not any(map(self.catches, node.handlers))
                self.block(node.body, runs, inside, scope)
                for handler in node.handlers:
                    self.block(handler.body, False, False, scope)
                self.block(node.orelse, runs, inside, scope)
                self.block(node.finalbody, runs, guarded_runs, scope)
            elif isinstance(node, ast.Match):
                for case in node.cases:
                    self.block(case.body, False, False, scope)
            elif isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While)):
                self.block(node.body, False, False, scope)
                self.block(node.orelse, False, False, scope)
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                self.block(node.body, False, False, scope)
            elif runs and (isinstance(node, ast.Raise) or self.exits(node)):
                self.ended = True

    def function(self, node):
        if self.ended:
            return
        for statement in node.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                # `def f(): import a` on one line is left out.
                if statement.lineno != node.lineno and statement.col_offset > node.col_offset:
                    self.add(statement, self.called, node.name)
            elif not isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Pass)):
                break

    @staticmethod
    def exits(node):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            return False
        return dotted(node.value.func) in ("exit", "quit", "sys.exit", "os._exit", "os.abort", "sys.abort")

    @staticmethod
    def catches(handler):
        if handler.type is None:
            return True
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return not kinds or any(dotted(kind) not in OTHER for kind in kinds)


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join(reversed([*parts, node.id]))


class Names(ast.NodeVisitor):
    """The names bound in the scope of the module."""

    def __init__(self, tree):
        self.names = set()
        self.visit(tree)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.names.add(node.id)

    def visit_alias(self, node):
        if node.name != "*":
            self.names.add(node.asname or node.name.split(".")[0])

    def visit_ExceptHandler(self, node):
        if node.name:
            self.names.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node):
        if node.name:
            self.names.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node):
        if node.rest:
            self.names.add(node.rest)
        self.generic_visit(node)

    def comprehension(self, node):
        # Its variables are its own, and those that `:=` binds are not.
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                self.names.add(inner.target.id)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    def visit_Lambda(self, node):
        self.visit(node.args)

    def scope(self, node, outside):
        self.names.add(node.name)
        for part in outside:
            self.visit(part)
        self.inside(node.body)

    def inside(self, body):
        """Another scope, in which only `global` matters."""
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Global):
                    self.names.update(node.names)

    def visit_FunctionDef(self, node):
        self.scope(node, [*node.decorator_list, node.args, *([node.returns] if node.returns else [])])

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        self.scope(node, [*node.decorator_list, *node.bases, *node.keywords])

    def visit_Global(self, node):
        self.names.update(node.names)


def files(folders):
    for folder in folders:
        for path, inner, names in os.walk(folder):
            inner.sort()
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.join(path, name)


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20_000)
    for path in files(sys.argv[1:]):
        with open(path, "rb") as file:
            source = file.read()
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        imports = Imports(tree)
        print("F", path)
        for found in imports.found:
            print("I", *found)
        for found in imports.called:
            print("C", *found)
        print("N", *sorted(Names(tree).names, key=lambda name: name.encode()))


main()
