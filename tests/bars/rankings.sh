#!/usr/bin/env bash
# A city's month ranked: 3,000 trucks, 30 days, 8 hauls a truck and day with three readings each. What a ranking rests on is gathered
# within a minute and nothing is cut off. TRUCKS, DAYS, HAULS. Prints one line of figures; 0 when the bar is met.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo bench --quiet -p fleet-service --bench rankings
