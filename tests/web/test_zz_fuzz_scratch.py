import re, collections
import tests.web.test_api_fuzzed as F
from tests.web.test_api_fuzzed import door, WHO, known, GenerationMode, SLOW
from tests.web.test_api_fuzzed import _described, _one
def test_collect(described, town):
    doors = [door(name) for name in WHO]; ids = known(town); seen = collections.Counter(); n=0
    import time
    for found in described.get_all_operations():
        operation = found.ok(); name = operation.definition.raw["operationId"]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            t=time.time()
            try:
                n += _one(operation, mode, doors, ids, 3 if name in SLOW else 8, False)
            except BaseException as e:
                txt=str(e)
                for sub in getattr(e,"exceptions",[e]):
                    print("#####", name, mode, type(sub).__name__, str(sub)[:700].replace("\n","\n   "))
                m=re.search(r"curl.*", txt); print("   ", m.group(0)[:400] if m else "")
                m=re.search(r"\[\d+\].*?:\n\n(.*?)\n\nRepro", txt, re.S); print("   R:", m.group(1)[:400] if m else txt[:200])
            if time.time()-t>2: print("SLOW", name, mode, time.time()-t)
    print(n)
