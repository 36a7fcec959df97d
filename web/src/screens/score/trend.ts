/** Where the points of a trend lie on its plot. Pure. */
import type { ScoreAt } from './api';

export const WIDTH = 640;
export const HEIGHT = 200;
const LEFT = 44;
const RIGHT = 10;
const TOP = 12;
const BOTTOM = 26;

export interface Plot {
  /** Steps: a score holds until the next moment. */
  path: string;
  limit_y: number;
  ticks: { y: number; label: string }[];
}

export function plotOf(trend: readonly ScoreAt[], limit_centi: number): Plot | null {
  const first = trend[0];
  const last = trend.at(-1);
  if (first === undefined || last === undefined) return null;
  const low = Math.min(limit_centi, ...trend.map(({ score_centi }) => score_centi));
  // Whole tens, so that the lines have round names.
  const bottom = Math.floor(low / 1_000) * 1_000;
  const top = Math.max(10_000, ...trend.map(({ score_centi }) => score_centi));
  const x = (at: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (at - first.at)) / Math.max(1, last.at - first.at);
  const y = (centi: number) => TOP + ((HEIGHT - TOP - BOTTOM) * (top - centi)) / Math.max(1, top - bottom);
  const round = (n: number) => Math.round(n * 10) / 10;
  let path = `M${round(x(first.at))} ${round(y(first.score_centi))}`;
  for (const { at, score_centi } of trend.slice(1)) path += `H${round(x(at))}V${round(y(score_centi))}`;
  const step = top - bottom > 6_000 ? 2_000 : 1_000;
  const ticks: Plot['ticks'] = [];
  for (let centi = bottom; centi <= top; centi += step) ticks.push({ y: round(y(centi)), label: String(centi / 100) });
  return { path, limit_y: round(y(limit_centi)), ticks };
}
