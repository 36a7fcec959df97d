/** Seconds to wait before try number `attempt` (0 is the first after a loss): 1, 2, 4, 8, 16, 30, 30 … */
export function retrySeconds(attempt: number): number {
  return Math.min(RETRY_SECONDS_MAX, 2 ** Math.min(attempt, 10));
}

/** Longest wait between two tries. */
export const RETRY_SECONDS_MAX = 30;
