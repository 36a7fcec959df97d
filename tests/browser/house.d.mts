export interface House {
  base: string;
  /** One for each officer. */
  tokens: string[];
  pid: number;
  post(reports: object[]): Promise<void>;
  ask(path: string, token: string): Promise<unknown>;
  close(): Promise<void>;
}
export const SITE: { lon: number; lat: number };
export function plate(n: number): string;
export function openHouse(asked: { trucks: number; officers: string[] }): Promise<House>;
export function fix(n: number, time_ms: number, lon: number, lat: number, more?: object): object;
export function haulWithoutPermit(n: number, start_ms: number): object[];
