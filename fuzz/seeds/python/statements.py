from __future__ import annotations
import os, sys as s
from . import a
from ..b.c import (d as e, f,)
try:
    import g
except (KeyError, ValueError) as h:
    pass
else:
    from i import *
finally: import j
with k() as (l, m), n as o[0]: pass
for p, (q, *r) in []: import t
match u:
    case [v, *w] | {"x": y, **z} if (aa := 1): pass
class B(C, metaclass=D):
    import ab
    global ac
async def handler(event, context=(ad := 1)):
    '''Text'''
    import ae; from af import ag
    return f"{ah!r:>{ai}} {'a' "b"} {{}} \N{DASH}"
aj: int = ak = lambda x=1, *y: (al := 2)
am += 1; sys.path.append(rb'\'')
type X[T] = int
if __name__ == "__main__": raise SystemExit
