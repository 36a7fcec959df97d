"""One truck's day among very many positions in DuckDB, on a table sorted by truck: the peer of tests/bars/history.sh.

  history-duckdb.py FILE POSITIONS STEP_S fill    makes the table if it is not there
  history-duckdb.py FILE POSITIONS STEP_S read    30 truck-days, each a first time and again; one thread

Columns are counters, which DuckDB packs far better than real tracks: the peer is given the easier data.
"""

import json
import sys
import time

import duckdb

path, positions, step_s, what = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
TRUCKS = 3000
PICKS = 30
each = -(-positions // TRUCKS)
a_day = 86400 // step_s
db = duckdb.connect(path, config={"threads": 1, "memory_limit": "4GB"})
if what == "fill":
    db.execute(f"""
        CREATE TABLE IF NOT EXISTS by_truck AS
        SELECT (i % {each}) * {step_s} AS t, (i // {each})::INTEGER AS truck,
               (1134000000 + i % 1000000)::INTEGER AS lon, (345000000 + i % 700000)::INTEGER AS lat,
               (i % 1600)::SMALLINT AS speed, (i % 360)::SMALLINT AS heading
        FROM range({positions}) rows(i)""")
    db.execute("CHECKPOINT")
    sys.exit()
query = "SELECT t, lon, lat, speed, heading FROM by_truck WHERE truck = ? AND t >= ? AND t < ? ORDER BY t"
# A fixed sequence: the same picks in every run.
state = 7
first, again = [], []
for _ in range(PICKS):
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    truck, day = (state >> 33) % TRUCKS, (state >> 20) % max(1, each // a_day)
    for times in (first, again):
        began = time.perf_counter()
        rows = db.execute(query, [truck, day * 86400, (day + 1) * 86400]).fetchall()
        times.append((time.perf_counter() - began) * 1e3)
        assert len(rows) == min(a_day, each), len(rows)


def shown(times):
    times = sorted(times)
    return {"p50_ms": round(times[round((len(times) - 1) * 0.5)], 3), "max_ms": round(times[-1], 3)}


print(json.dumps({"peer": "duckdb", "what": "sorted by truck", "first": shown(first), "again": shown(again)}))
