"""The names of the changes that this version of the code expects the database to have."""

from functools import lru_cache
from pathlib import Path

PLAN = Path(__file__).parents[1] / "migrations" / "sqitch.plan"


@lru_cache(maxsize=1)
def planned_changes() -> tuple[str, ...]:
    """Every change of the plan, in its order (sqitch-plan(5): pragmas %, tags @, comments #)."""
    lines = (line.strip() for line in PLAN.read_text(encoding="utf-8").splitlines())
    return tuple(line.split()[0] for line in lines if line and line[0] not in "%@#")
