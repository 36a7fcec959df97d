import type { Centi } from '../api/types';

/** Hundredths as points: 7350 → `73.50`, −5 → `-0.05`. Exact: no floating point. */
export function points(centi: Centi): string {
  const sign = centi < 0 ? '-' : '';
  const digits = String(Math.abs(centi)).padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A change with its sign: `+3.00`, `−12.00` (a true minus, which is read as one). */
export function change(centi: Centi): string {
  return `${centi < 0 ? '−' : '+'}${points(Math.abs(centi))}`;
}
