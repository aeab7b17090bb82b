"""Release the schemas: freeze, self-contained and under a new id, every source that has changed.

Run as `python -m schemas.release`. Versions already released are never rewritten.
"""

import json
from pathlib import Path

from intelbus.contract import Kind, load_sources, schema_folder, self_contained

KIND_OF = {
    "IntelligenceReport": Kind.INTELLIGENCE,
    "OperationEvent": Kind.OPERATION,
    "ReferralEvent": Kind.REFERRAL,
    "CaseOutcome": Kind.OUTCOME,
    "PortEncounter": Kind.PORT_ENCOUNTER,
    "MissingChild": Kind.MISSING_CHILD,
    "Inspection": Kind.INSPECTION,
    "Assessment": Kind.ASSESSMENT,
    "VictimSupport": Kind.VICTIM_SUPPORT,
    "NilReturn": Kind.NIL_RETURN,
    "Watch": Kind.WATCH,
    "Retraction": Kind.RETRACTION,
}


def release(folder: Path) -> list[str]:
    """Release what has changed; return a line for each. Control records have no kind."""
    sources = load_sources(folder)
    ids_file = folder / "ids.json"
    ids = json.loads(ids_file.read_text("utf-8")) if ids_file.exists() else {}
    (folder / "released").mkdir(exist_ok=True)
    control = sorted(path.stem for path in (folder / "control").glob("*.avsc"))
    done = []
    for name in [*KIND_OF, *control]:
        text = json.dumps(self_contained(name, sources), ensure_ascii=False, indent=1) + "\n"
        entry = ids.setdefault(name, {"kind": KIND_OF.get(name), "ids": []})
        if entry["ids"]:
            latest = folder / "released" / f"{name}.{entry['ids'][-1]}.avsc"
            if latest.read_text("utf-8") == text:
                continue
        schema_id = 1 + max((i for e in ids.values() for i in e["ids"]), default=0)
        entry["ids"].append(schema_id)
        (folder / "released" / f"{name}.{schema_id}.avsc").write_text(text, "utf-8")
        done.append(f"{name}: version {len(entry['ids'])} is schema {schema_id}")
    ids_file.write_text(json.dumps(ids, indent=2) + "\n", "utf-8")
    return done


if __name__ == "__main__":
    print("\n".join(release(schema_folder())) or "nothing has changed")
